# Cost against risk: layout only. autoscaler/io/report/comparison_picture.c calls it and computes what is shown, and where the
# names go: its field must be 880 x 510 of 1000 x 700.
# ARG1 points, ARG2 target, ARG3 svg or png, ARG4 title, ARG5 subtitle, ARG6 ranges and names.
# Blocks of the points: points, frontier, names, lines to names.
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

# Okabe and Ito, safe for colour-blind readers; the form of a point tells them apart in grey.
array colour[7] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']
array form[7] = [7, 5, 9, 11, 13, 15, 3]

set border 3 lw 0.8 lc rgb '#606060'
set tics nomirror out scale 0.6,0.3 textcolor rgb '#303030'
set grid xtics ytics back lt 1 lw 0.6 lc rgb '#e4e4e4'
set lmargin at screen 0.08
set rmargin at screen 0.96
set tmargin at screen 0.835
set bmargin at screen 0.1064285714
set label 1 ARG4 at screen 0.5,0.965 center noenhanced font ',16'
set label 2 ARG5 at screen 0.5,0.932 center noenhanced textcolor rgb '#505050'
set key at screen 0.5,0.89 center center horizontal maxrows 2 Left reverse samplen 1.2 noenhanced textcolor rgb '#303030'
set xlabel 'Under-provisioned: share of the pods needed that were not there, mean over time, %' textcolor rgb '#303030'
set ylabel 'Cost of 30 days, '.currency textcolor rgb '#303030'

plot ARG1 index 1 using 1:2 with steps lw 1.2 lc rgb '#909090' notitle, \
     '' index 3 using 1:2:($3-$1):($4-$2) with vectors nohead lw 0.6 lc rgb '#b0b0b0' notitle, \
     for [i=1:colours] '' index 0 using ($5==i && bars ? $1 : NaN):2:3:4 with xyerrorbars lw 1 lc rgb colour[i] pt 0 notitle, \
     for [i=1:colours] '' index 0 using ($5==i ? $1 : NaN):2 with points pt form[i] ps 1.3 lc rgb colour[i] notitle, \
     for [i=1:colours] NaN with points pt form[i] ps 1.3 lc rgb colour[i] title name(i), \
     '' index 1 using 1:2 with points pt 6 ps 2.4 lw 1.2 lc rgb '#707070' title 'none is both cheaper and safer', \
     '' index 2 using 1:2:3 with labels left noenhanced textcolor rgb '#303030' notitle
unset output
