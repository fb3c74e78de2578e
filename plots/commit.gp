# Cost against the share of usage that a commitment covers: layout only. autoscaler/io/report/commitments_picture.c calls it.
# ARG1 points, ARG2 target, ARG3 svg or png, ARG4 title, ARG5 subtitle, ARG6 names and figures.
# Blocks of the points: one a line, then the best purchase of each.
set encoding utf8
if (ARG3 eq 'svg') {
	set terminal svg size 1000,700 font 'sans-serif,12' background rgb 'white' name 'plimsoll'
} else { if (strstrt(GPVAL_TERMINALS, ' pngcairo ')) {
	set terminal pngcairo size 2000,1400 font 'DejaVu Sans,10' background rgb 'white' fontscale 2 linewidth 2
} else {
	set terminal png truecolor size 2000,1400 font 'DejaVu Sans,17' background rgb 'white' linewidth 2
} }
set output ARG2
eval ARG6

# Okabe and Ito, safe for colour-blind readers: a colour a kind; a year is dashed, three years are whole.
array colour[5] = ['#0072b2', '#d55e00', '#009e73', '#0072b2', '#d55e00']

set border 3 lw 0.8 lc rgb '#606060'
set tics nomirror out scale 0.6,0.3 textcolor rgb '#303030'
set grid xtics ytics back lt 1 lw 0.6 lc rgb '#e4e4e4'
set lmargin at screen 0.08
set rmargin at screen 0.96
set tmargin at screen 0.8
set bmargin at screen 0.106
set label 1 ARG4 at screen 0.5,0.965 center noenhanced font ',16'
set label 2 ARG5 at screen 0.5,0.932 center noenhanced textcolor rgb '#505050'
set key at screen 0.5,0.865 center center horizontal maxrows 3 Left reverse samplen 3 noenhanced textcolor rgb '#303030'
set xlabel 'Share of the nodes, at list price, that the commitment covers, %' textcolor rgb '#303030'
set ylabel 'Cost of 30 days, '.currency textcolor rgb '#303030'
set xrange [0:102]
set yrange [0:1.35*none]

do for [i=1:lines] {
	if (years[i] == 1) { set style line i lw 1.8 lc rgb colour[kind[i]] dt (8,5) } else { set style line i lw 2.2 lc rgb colour[kind[i]] }
}
plot none with lines lw 1.2 lc rgb '#707070' dt (4,4) title 'no commitment', \
     for [i=1:lines] ARG1 index (i-1) using 1:2 with lines ls i title name[i], \
     '' index lines using 1:2 with points pt 7 ps 1.5 lc rgb '#000000' title 'best purchase'
unset output
