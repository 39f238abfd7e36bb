# The package on this machine as it is, but in layers of its own above its files, which are gone with this process: the user is
# made, the program works as that user, and a purge leaves the data. Called in a mount namespace; 77: no layers can be had.
set -e
layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers" || exit 77
mkdir "$layers/above" "$layers/work" "$layers/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/above,workdir=$layers/work" "$layers/root" || exit 77
mount --bind /dev "$layers/root/dev"
mount -t proc proc "$layers/root/proc" || exit 77
cp "$1" "$layers/root/xinqiao.deb"
cat >"$layers/root/inside" <<'INSIDE'
set -e
export XINQIAO_OPTIONS=/etc/xinqiao/options.toml
as_user() { runuser -u xinqiao -- "$@"; }
dpkg --install /xinqiao.deb
test "$(stat -c '%U %a' /etc/xinqiao/options.toml)" = 'xinqiao 600'
test "$(stat -c '%U %a' /var/lib/xinqiao)" = 'xinqiao 700'
dpkg --verify xinqiao
cd /var/lib/xinqiao
echo Long-enough-1 | as_user xinqiao user add administrator --name 示例 --role administrator \
    --organisation 示例 --kind platform --division 330523000000
as_user timeout --preserve-status -s TERM 5 xinqiao serve --listen 127.0.0.1:0 --drain 0s
as_user xinqiao upgrade check
dpkg --install /xinqiao.deb
dpkg --purge xinqiao
test -e /var/lib/xinqiao/xinqiao.sqlite
INSIDE
chroot "$layers/root" sh /inside
