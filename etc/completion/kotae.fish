# fish completion for kotae(1)

function __kotae_begins
    set -l typed (string match -v -- '-*' (commandline -opc))[2..]
    test "$typed" = "$argv"
end

function __kotae_zones
    kotae zone list 2>/dev/null | awk 'NR > 1 { print $1 }'
end

function __kotae_targets
    kotae steer list 2>/dev/null | awk 'NR > 1 { print $1 }'
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
complete -c kotae -n '__kotae_begins' -a steer -d 'What is watched, and words of the operator'
complete -c kotae -n '__kotae_begins' -a key -d 'Make keys'
complete -c kotae -n '__kotae_begins' -a import -d 'Make a configuration from that of another server'
complete -c kotae -n '__kotae_begins' -a ecs -d 'Look at maps as resolvers see them'

complete -c kotae -n '__kotae_begins zone' -a check -d 'Check a zone file'
complete -c kotae -n '__kotae_begins zone' -a list -d 'List the zones'
complete -c kotae -n '__kotae_begins zone' -a show -d 'Show a zone'
complete -c kotae -n '__kotae_begins config' -a diff -d 'How the file differs from what runs'
complete -c kotae -n '__kotae_begins steer' -a list -d 'List what is watched'
complete -c kotae -n '__kotae_begins steer' -a show -d 'Show a target, a pool or a service'
complete -c kotae -n '__kotae_begins steer' -a explain -d 'Why a client gets its answer'
complete -c kotae -n '__kotae_begins steer' -a down -d 'Hold targets down'
complete -c kotae -n '__kotae_begins steer' -a up -d 'Hold targets up'
complete -c kotae -n '__kotae_begins steer' -a auto -d 'Take down or up back'
complete -c kotae -n '__kotae_begins steer' -a push -d 'Tell the state of a target'
complete -c kotae -n '__kotae_begins key' -a generate -d 'Make a TSIG key'
complete -c kotae -n '__kotae_begins import' -a gdnsd -d 'From a directory of gdnsd'
complete -c kotae -n '__kotae_begins import' -a bigip -d 'From stanzas of BIG-IP DNS'

complete -c kotae -n '__kotae_begins check' -F
complete -c kotae -n '__fish_seen_subcommand_from check' -l print -d 'Print the configuration as it is understood'
complete -c kotae -n '__kotae_begins zone show' -a '(__kotae_zones)'
complete -c kotae -n '__fish_seen_subcommand_from zone; and __fish_seen_subcommand_from check' -F
complete -c kotae -n '__fish_seen_subcommand_from zone; and __fish_seen_subcommand_from check' -l at -x -d 'The time for which signatures are judged'
for verb in list show down up auto push
    complete -c kotae -n "__kotae_begins steer $verb" -a '(__kotae_targets)'
end
for verb in down up
    complete -c kotae -n "__fish_seen_subcommand_from steer; and __fish_seen_subcommand_from $verb" -l for -x -d 'How long'
    complete -c kotae -n "__fish_seen_subcommand_from steer; and __fish_seen_subcommand_from $verb" -l reason -x -d 'Why, for all to read'
end
complete -c kotae -n '__fish_seen_subcommand_from generate' -l algorithm -x -a 'hmac-sha256 hmac-sha384 hmac-sha512' -d 'The algorithm'
complete -c kotae -n '__kotae_begins import gdnsd' -a '(__fish_complete_directories)'
complete -c kotae -n '__kotae_begins import bigip' -F
complete -c kotae -n '__fish_seen_subcommand_from import' -l out -x -a '(__fish_complete_directories)' -d 'Where the files go'
complete -c kotae -n '__fish_seen_subcommand_from import; and __fish_seen_subcommand_from bigip' -l name -x -d 'The service of records without a wideip'

set -l explains '__fish_seen_subcommand_from steer; and __fish_seen_subcommand_from explain'
complete -c kotae -n $explains -l client -x -d 'The address of who asks'
complete -c kotae -n $explains -l ecs -x -d 'The client subnet that comes along'
complete -c kotae -n $explains -l offline -d 'Ask the configuration file instead'
complete -c kotae -n '__kotae_begins ecs' -a table -d 'What each client network gets'
complete -c kotae -n '__kotae_begins ecs' -a check -d 'Ask a live server for a file of expectations'
complete -c kotae -n '__kotae_begins ecs' -a simulate -d 'Orders of arrival through models of caches'
complete -c kotae -n '__kotae_begins ecs' -a cost -d 'Entries that a resolver will hold'
complete -c kotae -n '__kotae_begins ecs' -a lint -d 'What is strange in maps and services'
complete -c kotae -n '__kotae_begins ecs' -a export -d 'The partition, for those who run resolvers'
complete -c kotae -n '__kotae_begins ecs' -a diff -d 'Which networks change before a reload'

function __kotae_ecs
    __fish_seen_subcommand_from ecs; and __fish_seen_subcommand_from $argv
end

complete -c kotae -n '__kotae_ecs check diff' -F
complete -c kotae -n '__kotae_ecs table simulate cost lint export' -l running -d 'Look at what the daemon has loaded'
complete -c kotae -n '__kotae_ecs table cost lint' -l source -x -d 'Lengths of client subnets'
complete -c kotae -n '__kotae_ecs table simulate' -l resolver -x -d 'Who asks'
complete -c kotae -n '__kotae_ecs simulate cost' -l prefixes -r -F -d "The clients' networks"
complete -c kotae -n '__kotae_ecs simulate' -l orders -x -d 'Orders to try'
complete -c kotae -n '__kotae_ecs simulate' -l seed -x -d 'Chooses the sample'
complete -c kotae -n '__kotae_ecs simulate' -l cache -x -a 'all unbound powerdns rfc' -d 'The models to try'
complete -c kotae -n '__kotae_ecs simulate' -l entries -x -d 'Entries that a cache keeps'
complete -c kotae -n '__kotae_ecs simulate' -l server-scope -x -a 'partition matched source zero' -d 'The scopes of the server'
complete -c kotae -n '__kotae_ecs cost' -l names -x -d 'Names that are steered'
complete -c kotae -n '__kotae_ecs cost' -l types -x -d 'Types that are asked for'
complete -c kotae -n '__kotae_ecs check' -l server -x -d 'The authoritative server to ask'
complete -c kotae -n '__kotae_ecs check' -l via -x -d 'The resolver to ask in its place'
complete -c kotae -n '__kotae_ecs check' -l name -x -d 'The name to ask for'
complete -c kotae -n '__kotae_ecs check' -l type -x -a 'A AAAA CNAME' -d 'The type to ask for'
complete -c kotae -n '__kotae_ecs check' -l timeout -x -d 'How long to wait'
complete -c kotae -n '__kotae_ecs check' -l tries -x -d 'How often to ask'
complete -c kotae -n '__kotae_ecs export' -l format -x -a 'csv json' -d 'How to print it'
complete -c kotae -n '__kotae_ecs diff' -l top -x -d 'Changed blocks to show'
