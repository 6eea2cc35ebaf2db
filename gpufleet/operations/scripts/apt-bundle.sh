#!/bin/sh
# Let apt know no source but the bundle, and no list of the host's; its pins, holds and dpkg's options stay in force.
# Runs behind apt.sh and takes its first argument, the folder with the copies of the bundle.
bundle=$1
shift
umask 022
APT_CONFIGURATION=$bundle/apt/apt.conf
mkdir -p "$bundle/apt/lists/partial" "$bundle/apt/archives/partial"
echo "deb [trusted=yes] file:$bundle ./" >"$bundle/apt/sources.list"
# Hooks around the update of lists go: Ubuntu's ask a network. So does a default release: the bundle is of none, and apt
# refuses one that no source has. No line here begins with `#clear`: it would go as a comment of this script.
{
    printf '#clear %s;\n' APT::Update::Pre-Invoke APT::Update::Post-Invoke APT::Update::Post-Invoke-Success \
        APT::Default-Release
    cat <<end
Dir::Etc::SourceList "$bundle/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$bundle/apt/lists";
Dir::Cache::Archives "$bundle/apt/archives";
Dir::Cache::PkgCache "";
Dir::Cache::SrcPkgCache "";
Acquire::Languages "none";
APT::Sandbox::User "root";
end
} >"$APT_CONFIGURATION"
