#!/usr/bin/env bash
# Makes the image that the budgets are measured on: Debian with a JDK, Python, Node and Ruby, in five layers, as an OCI
# layout. Needs root, mmdebstrap and umoci, some minutes and 6 GB.   test/bench/make-image.sh DIR
set -euo pipefail
layout=${1:?usage: make-image.sh DIR}
work=$(mktemp -d)
root=$work/bundle/rootfs
cleanup() {
  umount "$root/proc" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

repack() {
  umoci repack --image "$layout:latest" --refresh-bundle --history.created_by "$1" "$work/bundle"
}

install_packages() {
  mount -t proc proc "$root/proc"
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -q --no-install-recommends "$@" >/dev/null
  chroot "$root" apt-get clean
  umount "$root/proc"
  repack "RUN apt-get install -y $*"
}

umoci init --layout "$layout"
umoci new --image "$layout:latest"
umoci unpack --image "$layout:latest" "$work/bundle"
mmdebstrap --variant=apt bookworm "$work/base.tar"
tar -xf "$work/base.tar" -C "$root"
# So that package scripts start no service in the chroot.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
repack 'ADD bookworm'
# The host's way to the package archive, whatever it is.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
chroot "$root" apt-get update -q >/dev/null
install_packages openjdk-17-jdk-headless libmaven3-core-java maven
install_packages python3 python3-numpy python3-django python3-pip
install_packages nodejs npm
install_packages ruby ruby-sinatra ruby-nokogiri
