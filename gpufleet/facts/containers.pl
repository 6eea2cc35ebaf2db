#!/usr/bin/perl
# What dockerd knows of containers and images, asked over its socket by one process: each `docker` would take 30 ms of
# CPU to start. Needs perl-base alone, which has no module for JSON.
#
# Of the containers with the names in the first argument (words between blanks), of ours, and of the image references in
# the second one:
#   {"Id":...}        a container on one line, with those fields of what `docker inspect` shows that are of use,
#    NAME=VALUE       behind it its variables, each behind a blank, up to the first line break in it,
#   moved=ID|PLACE    where in that container something is mounted in whose place the host has something else by now,
#   image=NAME|{...}  what a reference stands for, where it stands for anything.
# Where the third argument is `desktop` the processes of containers are not seen from here, and their dockerd tells them,
# in the form of containers.sh: member=, stat=, inside=, probe= and at_gpu=.
# What is removed in this moment is left out. Exits with 2 where nobody listens, with 3 for any other answer: a daemon
# that says nothing, or something else, is no reason to take anything for absent.

use Socket;
my $text = qr/"(?:[^"\\]++|\\.)*+"/s;
my $value = qr/(?<value>$text|[-+.\w]++
    |\[(?:(?&value)(?:,(?&value))*+)?+\]
    |\{(?:$text:(?&value)(?:,$text:(?&value))*+)?+\})/x;
my %short = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");
my %wanted = map { ("/$_" => 1) } split " ", shift;

sub answer {
    socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack_sockaddr_un("/run/docker.sock")) or exit 2;
    syswrite S, "GET $_[0] HTTP/1.0\r\nHost: docker\r\n\r\n";
    local $/;
    my $answer = <S>;
    $answer =~ s/^HTTP\S+ (\d+).*?\r\n\r\n//s or exit 3;
    my $status = $1;
    $answer =~ s/\s+\z//;
    $status != 200 || $answer =~ /\A$value\z/ or exit 3;
    return ($status, $answer);
}

sub object {
    my ($json, %found) = @_;
    $found{substr $1, 1, -1} = $2 while $json =~ /\G[{,]($text):($value)/g;
    return %found;
}

sub list {
    my ($json, @found) = @_;
    push @found, $1 while $json =~ /\G[\[,]($value)/g;
    return @found;
}

sub bytes { my $character = chr $_[0]; utf8::encode($character); return $character }

sub plain {
    my $plain = substr($_[0] // q(""), 1, -1);
    $plain =~ s{\\(?:u([dD][89abAB]..)\\u(....)|u(....)|(.))}{
        defined $1 ? bytes(0x10000 + ((hex($1) & 0x3ff) << 10) + (hex($2) & 0x3ff))
        : defined $3 ? bytes(hex $3) : $short{$4} // $4
    }ges;
    return $plain;
}

sub shown { my ($of, @names) = @_; return join ",", map { qq("$_":) . ($$of{$_} // "null") } @names }

# Only where the place is a mount point by this very name: no link inside leads elsewhere
sub moved {
    my ($pid, @mounts) = @_;
    $pid && open(my $points, "<", "/proc/$pid/mountinfo") or return;
    my %points = map { my $point = (split " ")[4]; $point =~ s/\\([0-7]{3})/chr oct $1/ge; ($point => 1) } <$points>;
    return grep {
        my %mount = object($_);
        my ($source, $place) = (plain($mount{Source}), plain($mount{Destination}));
        my @inside = stat "/proc/$pid/root$place";
        my @outside = stat $source;
        $mount{Type} eq q("bind") && $points{$place} && @inside && @outside
            && "@inside[0, 1]" ne "@outside[0, 1]";
    } @mounts;
}

# Ours that look at the GPUs are known by their name; whether a process uses one is not told: what idles does not
sub processes {
    my ($id, $first) = @_;
    my ($status, $top) = answer("/containers/$id/top");
    $status == 200 or return;
    my %top = object($top);
    my %column;
    my @titles = map { plain($_) } list($top{Titles});
    @column{@titles} = 0 .. $#titles;
    my $number = 0;
    for (list($top{Processes})) {
        my @fields = map { plain($_) } list($_);
        my ($pid, $parent, $command) = map { $fields[$column{$_} // 0] } qw(PID PPID), exists $column{CMD} ? "CMD" : "COMMAND";
        my ($name) = $command =~ m{^(?:\S*/)?([^\s/]*)};
        $pid =~ /^\d+$/ or next;
        my $inside = $pid == $first ? 1 : 2;
        print "member=$pid|$id\n", "inside=$pid|$inside\n";
        print "stat=$pid|$pid ($name) S $parent", " 0" x 17, " ", $number++, "\n";
        print "probe=$pid\n" if $name eq "nvidia-smi";
        print "at_gpu=$pid\n" if $name !~ /^(?:docker-init|tini|sleep|nvidia-smi)$/;
    }
}

my $desktop = ($ARGV[1] // "") eq "desktop";
my ($status, $all) = answer("/containers/json?all=1");
$status == 200 or exit 3;
for (list($all)) {
    my %listed = object($_);
    my %labels = object($listed{Labels});
    plain($labels{"gpufleet.sandbox"}) ne "" || grep { $wanted{plain($_)} } list($listed{Names}) or next;
    my ($status, $inspected) = answer("/containers/" . plain($listed{Id}) . "/json");
    next if $status == 404;
    $status == 200 or exit 3;
    my %container = object($inspected);
    my %config = object($container{Config});
    my %state = object($container{State});
    my $config = shown(\%config, qw(Image User Labels Entrypoint Cmd Tty));
    print "{", shown(\%container, qw(Id Name Image Created State Mounts HostConfig ExecIDs));
    print ",\"Config\":{$config}}\n";
    print " ", plain($_) =~ s/\n.*//sr, "\n" for list($config{Env});
    if ($desktop) {
        processes(plain($container{Id}), $state{Pid}) if $state{Pid};
        next;
    }
    for (moved($state{Pid}, list($container{Mounts}))) {
        my %mount = object($_);
        print "moved=", plain($container{Id}), "|", plain($mount{Destination}), "\n";
    }
}
for my $reference (split " ", shift) {
    my ($status, $inspected) = answer("/images/" . $reference =~ s/[^\w.:\/\@-]/sprintf "%%%02X", ord $&/ger . "/json");
    next if $status == 404 || $status == 400 && $inspected =~ /invalid reference format/;
    $status == 200 or exit 3;
    my %image = object($inspected);
    my %config = object($image{Config} // "null");
    my $config = %config ? "{" . shown(\%config, qw(User Labels)) . "}" : "null";
    print "image=$reference|{\"Id\":$image{Id},\"Config\":$config}\n";
}
