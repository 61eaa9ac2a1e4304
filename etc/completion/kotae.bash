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
		    $word == --at || $word == --algorithm ]]; then
			skip=1
		elif [[ $word != -* ]]; then
			words+=("$word")
		fi
	done
	COMPREPLY=()
	case $previous in
	-c | --config | -s | --socket)
		COMPREPLY=($(compgen -f -- "$current"))
		return
		;;
	--algorithm)
		COMPREPLY=($(compgen -W "hmac-sha256 hmac-sha384 hmac-sha512" -- "$current"))
		return
		;;
	--at)
		return
		;;
	esac
	if [[ $current == -* ]]; then
		local options="--config --socket --json --help --version"
		case ${words[*]} in
		check*) options+=" --print" ;;
		"zone check"*) options+=" --at" ;;
		"key generate"*) options+=" --algorithm" ;;
		esac
		COMPREPLY=($(compgen -W "$options" -- "$current"))
		return
	fi
	case ${words[*]} in
	"") COMPREPLY=($(compgen -W "check zone status reload stop config key" -- "$current")) ;;
	zone) COMPREPLY=($(compgen -W "check list show" -- "$current")) ;;
	config) COMPREPLY=($(compgen -W "diff" -- "$current")) ;;
	key) COMPREPLY=($(compgen -W "generate" -- "$current")) ;;
	check | "zone check "*) COMPREPLY=($(compgen -f -- "$current")) ;;
	"zone show")
		COMPREPLY=($(compgen -W "$(kotae zone list 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$current"))
		;;
	esac
}
complete -o filenames -F _kotae kotae
