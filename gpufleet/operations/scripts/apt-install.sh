#!/bin/sh
# Do what apt-wanted.sh has found. Runs behind it.
with_apt
hold
