# bash completion for kotae(1)
_kotae()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local words=() word skip=
	# What was typed so far without options and what belongs to them.
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ $skip ]]; then
			skip=
		elif [[ $word == -c || $word == --config || $word == -s || $word == --socket ||
		    $word == --at || $word == --algorithm || $word == --for || $word == --reason ||
		    $word == --client || $word == --ecs || $word == --out || $word == --name ]]; then
			skip=1
		elif [[ $word != -* ]]; then
			words+=("$word")
		fi
	done
	COMPREPLY=()
	case $previous in
	-c | --config | -s | --socket | --prefixes | --out)
		COMPREPLY=($(compgen -f -- "$current"))
		return
		;;
	--algorithm)
		COMPREPLY=($(compgen -W "hmac-sha256 hmac-sha384 hmac-sha512" -- "$current"))
		return
		;;
	--at | --for | --reason | --client | --ecs | --name)
		return
		;;
	esac
	if [[ $current == -* ]]; then
		local options="--config --socket --json --help --version"
		case ${words[*]} in
		check*) options+=" --print" ;;
		"zone check"*) options+=" --at" ;;
		"steer down"* | "steer up"*) options+=" --for --reason" ;;
		"steer explain"*) options+=" --client --ecs --offline" ;;
		"ecs table"*) options+=" --running --source --resolver" ;;
		"ecs check"*) options+=" --server --via --name --type --timeout --tries" ;;
		"ecs simulate"*)
			options+=" --running --prefixes --orders --seed --cache --entries --server-scope --resolver"
			;;
		"ecs cost"*) options+=" --running --prefixes --source --names --types" ;;
		"ecs lint"*) options+=" --running --source" ;;
		"ecs export"*) options+=" --running --format" ;;
		"ecs diff"*) options+=" --top" ;;
		"import gdnsd"*) options+=" --out" ;;
		"import bigip"*) options+=" --out --name" ;;
		"key generate"*) options+=" --algorithm" ;;
		esac
		COMPREPLY=($(compgen -W "$options" -- "$current"))
		return
	fi
	case ${words[*]} in
	"") COMPREPLY=($(compgen -W "check zone status reload stop config steer key import ecs" -- "$current")) ;;
	zone) COMPREPLY=($(compgen -W "check list show" -- "$current")) ;;
	config) COMPREPLY=($(compgen -W "diff" -- "$current")) ;;
	steer) COMPREPLY=($(compgen -W "list show explain down up auto push" -- "$current")) ;;
	"steer list" | "steer show" | "steer down" | "steer up" | "steer auto" | "steer push")
		COMPREPLY=($(compgen -W "$(kotae steer list 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$current"))
		;;
	"steer explain "*) COMPREPLY=($(compgen -W "A AAAA CNAME" -- "$current")) ;;
	"steer push "*) COMPREPLY=($(compgen -W "up down" -- "$current")) ;;
	key) COMPREPLY=($(compgen -W "generate" -- "$current")) ;;
	import) COMPREPLY=($(compgen -W "gdnsd bigip" -- "$current")) ;;
	"import gdnsd") COMPREPLY=($(compgen -d -- "$current")) ;;
	ecs) COMPREPLY=($(compgen -W "table check simulate cost lint export diff" -- "$current")) ;;
	check | "zone check "* | "import bigip" | "ecs check" | "ecs diff" | "ecs diff "*) COMPREPLY=($(compgen -f -- "$current")) ;;
	"zone show")
		COMPREPLY=($(compgen -W "$(kotae zone list 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$current"))
		;;
	esac
}
complete -o filenames -F _kotae kotae
