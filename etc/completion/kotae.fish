# fish completion for kotae(1)

function __kotae_begins
    set -l typed (string match -v -- '-*' (commandline -opc))[2..]
    test "$typed" = "$argv"
end

function __kotae_zones
    kotae zone list 2>/dev/null | awk 'NR > 1 { print $1 }'
end

complete -c kotae -f
complete -c kotae -s c -l config -r -F -d 'The configuration'
complete -c kotae -s s -l socket -r -F -d 'The control socket'
complete -c kotae -s j -l json -d 'Answer in JSON'
complete -c kotae -s h -l help -d 'Show help'
complete -c kotae -s V -l version -d 'Show the version'

complete -c kotae -n '__kotae_begins' -a check -d 'Check the configuration and all zones'
complete -c kotae -n '__kotae_begins' -a zone -d 'Check, list or show zones'
complete -c kotae -n '__kotae_begins' -a status -d 'What the daemon serves'
complete -c kotae -n '__kotae_begins' -a reload -d 'Read configuration and zones again'
complete -c kotae -n '__kotae_begins' -a stop -d 'Stop the daemon'
complete -c kotae -n '__kotae_begins' -a config -d 'Compare configurations'
complete -c kotae -n '__kotae_begins' -a key -d 'Make keys'

complete -c kotae -n '__kotae_begins zone' -a check -d 'Check a zone file'
complete -c kotae -n '__kotae_begins zone' -a list -d 'List the zones'
complete -c kotae -n '__kotae_begins zone' -a show -d 'Show a zone'
complete -c kotae -n '__kotae_begins config' -a diff -d 'How the file differs from what runs'
complete -c kotae -n '__kotae_begins key' -a generate -d 'Make a TSIG key'

complete -c kotae -n '__kotae_begins check' -F
complete -c kotae -n '__fish_seen_subcommand_from check' -l print -d 'Print the configuration as it is understood'
complete -c kotae -n '__kotae_begins zone show' -a '(__kotae_zones)'
complete -c kotae -n '__fish_seen_subcommand_from zone; and __fish_seen_subcommand_from check' -F
complete -c kotae -n '__fish_seen_subcommand_from zone; and __fish_seen_subcommand_from check' -l at -x -d 'The time for which signatures are judged'
complete -c kotae -n '__fish_seen_subcommand_from generate' -l algorithm -x -a 'hmac-sha256 hmac-sha384 hmac-sha512' -d 'The algorithm'
