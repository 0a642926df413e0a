#!/usr/bin/env bash
# Draws and sounds clip.mp4 out of nothing but ffmpeg's expressions: a sunrise over a lake, and four chords under it.
# The result is an ordinary MP4 on purpose (moov in front, no fragments): what a browser's own MediaSource refuses.
#   ./make.sh            writes clip.mp4
#   ./make.sh still 9    writes still.png, the picture at second 9
set -euo pipefail # takes about ten minutes: geq works out every pixel
cd "$(dirname "$0")"
seconds=18
size=640x360

# One colour plane. Arguments: the plane's value at night and at dawn for the sky's top, the horizon, and the ridges
# from far to near; then what the glow adds and the sun's own value.
plane() {
  local top="$1 $2" horizon="$3 $4" far="$5 $6" middle="$7 $8" near="$9 ${10}" glow=${11} sun=${12}
  mix() { echo "($1+($2-$1)*ld(1))"; }                       # night to dawn
  ridge() {                                                   # colour, height, amplitude, frequency, phase, drift
    local q="(ld(4)+$6*T)"
    echo "st(9,ld(3)-$2+$3*(0.6*sin($4*$q+$5)+0.3*sin(2.3*$4*$q+1.7*$5)+0.1*sin(6.1*$4*$q)));
          st(8,ld(8)+clip(ld(9)*H,0,1)*($1+(ld(7)-$1)*0.55*clip(ld(9)*3.2,0,1)-ld(8)));"
  }
  # 0 in the water  1 dawn  2 ripple  3 height  4 distance along  5 depth of the water  6 distance from the sun
  # 7 the horizon's colour  8 the colour so far  9 scratch
  echo "
    st(0,gt(Y/H,0.74)); st(5,max(0,(Y/H-0.74)/0.26));
    st(9,clip((T+1)/13,0,1)); st(1,ld(9)*ld(9)*(3-2*ld(9)));
    st(2,sin(46*sqrt(ld(5)+0.004)-1.5*T+2.2*sin(X/W*7+T*0.4))+0.5*sin(91*sqrt(ld(5)+0.01)-2.3*T-3*sin(X/W*11-T*0.3)));
    st(3,Y/H+ld(0)*(1.628-2.2*Y/H+0.035*(0.15+ld(5))*ld(2)));
    st(4,X/H+ld(0)*0.02*(0.2+ld(5))*ld(2));
    st(6,hypot(ld(4)-1.12,ld(3)-(0.83-0.031*T)));
    st(7,$(mix $horizon));
    st(8,$(mix $top)+(ld(7)-$(mix $top))*pow(clip(ld(3)/0.72,0,1),1.6));
    st(9,sin(floor(X/2)*12.9898+floor(Y/2)*78.233)*43758.5453);
    st(8,ld(8)+gt(ld(9)-floor(ld(9)),0.9976)*not(ld(0))*pow(1-ld(1),3)*150*(0.6+0.4*sin(T*2+X))*clip(1-Y/H/0.6,0,1));
    st(8,ld(8)+$glow*exp(-ld(6)*3.6)*(0.15+0.85*ld(1)));
    st(8,ld(8)+($sun-ld(8))*clip((0.092-ld(6))*H*0.7,0,1));
    $(ridge "$(mix $far)" 0.60 0.070 2.3 0.4 0.010)
    $(ridge "$(mix $middle)" 0.66 0.060 3.1 2.1 0.022)
    $(ridge "$(mix $near)" 0.715 0.045 4.3 4.4 0.045)
    clip(ld(8)*(1-0.16*ld(0))+ld(0)*ld(1)*26*exp(-abs(ld(4)-1.12)*7)*max(0,ld(2)-0.7),0,255)" | tr -d ' \n'
}

picture="color=black:s=$size:r=30,format=gbrp,geq=\
r='$(plane 12 62 34 255 26 206 15 112 7 34 120 255)':\
g='$(plane 24 122 66 190 50 146 34 104 18 58 62 238)':\
b='$(plane 42 150 86 124 66 130 46 108 27 66 14 204)'"

if [ "${1:-}" = still ]; then
  ffmpeg -v error -y -f lavfi -i "${picture//T/($2+T)}" -frames:v 1 still.png
  exit
fi

# A chord of soft partials that swells and fades in 4.5 seconds; each voice leans a little to one side.
voices() { # which ear (0 left, 1 right)
  local ear=$1 sum=0 chord start f i
  local chords=("146.83 220.00 277.18 369.99 440.00" "123.47 185.00 293.66 369.99 554.37" \
    "98.00 196.00 246.94 369.99 493.88" "110.00 164.81 277.18 329.63 440.00")
  for i in 0 1 2 3; do
    start=$(awk "BEGIN{print $i*4.5}")
    local n=0
    for f in ${chords[$i]}; do
      local lean swell="(pow(clip((t-$start)/1.6,0,1),2)*pow(clip(($start+6.3-t)/3.2,0,1),2))"
      lean=$(awk "BEGIN{print ($n+$ear)%2 ? 0.6 : 1}")
      sum="$sum+$lean*$swell*(sin(2*PI*$f*(t+0.0009*sin(2*PI*0.31*t+$n+$ear)))+0.28*sin(4*PI*$f*t+$n)*exp(-0.4*(t-$start))\
+0.08*sin(6*PI*$f*t))/(2.4+$n)"
      n=$((n + 1))
    done
  done
  echo "0.38*($sum)" | tr -d ' \n'
}
sound="aevalsrc='$(voices 0)|$(voices 1)':s=48000:d=$seconds,aecho=0.8:0.7:83|191|307:0.3|0.22|0.15,\
afade=t=in:d=0.4,afade=t=out:st=$(awk "BEGIN{print $seconds-2}"):d=2"

ffmpeg -v error -y -f lavfi -i "$picture" -f lavfi -i "$sound" -t $seconds \
  -c:v libx264 -profile:v main -level 3.0 -preset veryslow -crf 22 -g 60 -bf 2 -pix_fmt yuv420p -aq-mode 3 \
  -color_primaries bt709 -color_trc bt709 -colorspace bt709 -vf "scale=out_color_matrix=bt709,format=yuv420p" \
  -c:a aac -b:a 112k -ac 2 -map_metadata -1 -fflags +bitexact -movflags +faststart clip.mp4
ls -l clip.mp4
