# What the variant `devel` adds: role cuda_image puts it before the last stage of the Dockerfile, which then goes on
# from here. The stage before it is the lean image's, so that both share it.
FROM packages AS devel
RUN --mount=type=bind,source=host.sh,target=/build/host.sh \
    --mount=type=bind,source=system.sh,target=/build/system.sh \
    --mount=type=bind,source=devel.sh,target=/build/devel.sh \
    --mount=type=secret,id=variables --mount=type=secret,id=ca \
    --mount=type=secret,id=apt-options --mount=type=secret,id=apt-mirror --mount=type=secret,id=apt-logins \
    sh /build/devel.sh
