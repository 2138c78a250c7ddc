#!/bin/sh
# Faces for the letters, in var/fonts, and a fontconfig file of our own that knows only them and Noto,
# so that a letter looks the same on every machine. `fonts.sh --present` only says whether the faces are there.
# 仿宋 黑体 楷体 宋体 are the Fandol faces (GPL with font exception), taken from Debian's texlive-lang-chinese.
set -eu
cd "$(dirname "$0")/.."
FACES="FandolFang-Regular FandolSong-Regular FandolSong-Bold FandolHei-Regular FandolKai-Regular"
NOTO=/usr/share/fonts/opentype/noto
CONF=var/fontconfig/fonts.conf

present() {
    for face in $FACES; do
        [ -s "var/fonts/$face.otf" ] || return 1
    done
}

if [ "${1:-}" = --present ]; then
    present
    exit
fi

if ! present; then
    echo "下载公文字体（约 49 MB，只保留 5 个字体文件）……"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # The download runs as ourselves: apt's own account may not write into this folder.
    if ! (cd "$work" && apt-get -o APT::Sandbox::User="$(id -un)" download texlive-lang-chinese); then
        echo "下载失败。软件包列表可能已过期，请管理员执行 sudo apt-get update 后重新运行 make。" >&2
        exit 1
    fi
    dpkg-deb -x "$work"/texlive-lang-chinese_*.deb "$work/deb"
    mkdir -p var/fonts
    for face in $FACES; do
        found=$(find "$work/deb" -name "$face.otf" | head -n 1)
        [ -n "$found" ] || { echo "软件包中没有字体 $face。" >&2; exit 1; }
        cp "$found" "var/fonts/.$face" && chmod 644 "var/fonts/.$face" && mv "var/fonts/.$face" "var/fonts/$face.otf"
    done
fi

wanted=$(cat <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<!-- Written by .ci/fonts.sh. -->
<fontconfig>
  <dir>$PWD/var/fonts</dir>
  <dir>$NOTO</dir>
  <dir>/usr/share/fonts/truetype/noto</dir>
  <cachedir>$PWD/var/fontconfig/cache</cachedir>
  <!-- The file of the bold 宋体 calls itself FandolSong of regular weight; the letters ask for it by a name of its own.
       Without this rule headings are drawn in Noto. -->
  <selectfont><rejectfont><glob>*/FandolHei-Bold.otf</glob></rejectfont></selectfont>
  <match target="scan">
    <test name="file" compare="contains"><string>FandolSong-Bold</string></test>
    <edit name="family" mode="assign"><string>FandolSong Bold</string></edit>
    <edit name="weight" mode="assign"><const>bold</const></edit>
  </match>
  <alias><family>serif</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Noto Sans Mono CJK SC</family></prefer></alias>
</fontconfig>
XML
)
if [ "$(cat "$CONF" 2>/dev/null)" != "$wanted" ]; then
    mkdir -p var/fontconfig/cache
    printf '%s\n' "$wanted" >"$CONF"
    # -f: a cache made under other rules still says what they said.
    FONTCONFIG_FILE="$PWD/$CONF" fc-cache -f
fi

if [ -z "$(FONTCONFIG_FILE="$PWD/$CONF" fc-list "FandolSong Bold:bold" family)" ]; then
    echo "字体 FandolSong Bold 未按 $CONF 登记，标题会用错字体。" >&2
    exit 1
fi

# The last face of every stack has to draw the characters of names that Fandol lacks.
for point in 73a5 5586 5803 7fc0 6607; do
    if [ -z "$(FONTCONFIG_FILE="$PWD/$CONF" fc-list "Noto Serif CJK SC:charset=$point" family)" ]; then
        echo "字体 Noto Serif CJK SC 不能显示字符 U+$point，请检查软件包 fonts-noto-cjk。" >&2
        exit 1
    fi
done
