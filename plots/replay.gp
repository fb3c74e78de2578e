# The picture of a replay: layout only. autoscaler/io/report/picture.c calls it and computes what is shown.
# ARG1 points, ARG2 target, ARG3 svg or png, ARG4 title, ARG5 subtitle, ARG6 time axis, ARG7 the value axes.
# Every stretch of time has two rows, at its start and its end, so that lines and areas make steps.
# Colours: Okabe and Ito, safe for colour-blind readers, and lighter shades of them; fill, weight and dashes tell
# the series apart in grey.
set encoding utf8
if (ARG3 eq 'svg') {
	set terminal svg size 1000,900 font 'sans-serif,12' background rgb 'white' name 'plimsoll'
} else { if (strstrt(GPVAL_TERMINALS, ' pngcairo ')) {
	set terminal pngcairo size 2000,1800 font 'DejaVu Sans,10' background rgb 'white' fontscale 2 linewidth 2
} else {
	set terminal png truecolor size 2000,1800 font 'DejaVu Sans,17' background rgb 'white' linewidth 2
} }
set output ARG2
eval ARG7

blue = '#0072b2'; green = '#009e73'; vermillion = '#d55e00'; black = '#000000'
sky = '#56b4e9'; light_sky = '#bfe1f6'; light_green = '#cfeae1'; light_blue = '#cfe2ef'
set style line 1 lc rgb black lw 1.4            # capacity
set style line 2 lc rgb green lw 2.4            # ready
set style line 3 lc rgb black lw 1.1 dt (12,7)   # desired
set style line 4 lc rgb blue lw 2               # nodes
set style line 5 lc rgb blue lw 2.4             # cost
set style fill solid 1.0 noborder

set multiplot
set border 3 lw 0.8 lc rgb '#606060'
set tics nomirror out scale 0.6,0.3 textcolor rgb '#303030'
set grid xtics ytics back lt 1 lw 0.6 lc rgb '#d8d8d8'
set lmargin at screen 0.075
set rmargin at screen 0.95
set key at graph 1,1 bottom right horizontal maxrows 1 Left reverse samplen 1.6 textcolor rgb '#303030'
set label 1 ARG4 at screen 0.5,0.975 center noenhanced font ',16'
set label 2 ARG5 at screen 0.5,0.948 center noenhanced textcolor rgb '#505050'
set label 3 at graph 0,1 offset 0,0.9 left
name(text) = ''
eval ARG6

set tmargin at screen 0.895
set bmargin at screen 0.6
eval demand_axis
set label 3 '{/:Bold CPU, cores}'
plot ARG1 using 1:4 with filledcurves x1 fc rgb light_sky title 'demand, highest', \
     '' using 1:3 with filledcurves x1 fc rgb sky title 'demand, mean', \
     '' using 1:($3-$6):1:2:($3-$6):3 with boxxyerror fc rgb vermillion title 'shortage', \
     '' using 1:5 with lines ls 1 title 'capacity, mean'

unset label 1
unset label 2
set tmargin at screen 0.555
set bmargin at screen 0.495
eval shortage_axis
set label 3 '{/:Bold Shortage, cores}'
plot ARG1 using 1:7:1:2:(0):7 with boxxyerror fill solid 1.0 border fc rgb vermillion lc rgb vermillion lw 0.6 \
     title 'demand above the capacity of ready pods, highest'

set tmargin at screen 0.45
set bmargin at screen 0.34
eval replicas_axis
set label 3 '{/:Bold Replicas}'
plot ARG1 using 1:9 with filledcurves x1 fc rgb light_green title 'desired, highest', \
     '' using 1:10 with lines ls 2 title 'ready, mean', \
     '' using 1:8 with lines ls 3 title 'desired, mean'

set tmargin at screen 0.295
set bmargin at screen 0.215
eval nodes_axis
set label 3 '{/:Bold Nodes}'
plot ARG1 using 1:12 with filledcurves x1 fc rgb light_blue title 'highest', \
     '' using 1:11 with lines ls 4 title 'mean'

set tmargin at screen 0.17
set bmargin at screen 0.065
eval cost_axis
set label 3 '{/:Bold Cost so far, USD}'
name(text) = text
eval ARG6
plot ARG1 using 1:13 with lines ls 5 notitle
unset multiplot
unset output
