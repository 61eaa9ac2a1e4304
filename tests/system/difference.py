"""Is what two servers answer the same?  And where not, which rule says why.

explain(query, ours, theirs) gives back the rules that were needed to make kotae's answer and a
peer's the same, or None when something is left that no rule speaks of.  A rule is applied only
where its condition is met, and it takes away no more than it names: what it cannot show to be
allowed (by asking the peer again, where need be) stays a difference.
"""
import collections

import wire

# The rules, with the line of the RFC that decides.  (*) the peer is the one that errs.
RULES = {
    'tc-size': 'RFC 2181 s.9: TC where the answer does not fit; how far names are compressed is free, so is what a '
               'truncated message holds.  The whole answers, asked over TCP, are compared',
    'glue-size': 'RFC 9471 s.3.1 (*): a referral whose glue does not fit has TC; NSD and BIND leave glue out silently. '
                 'The whole answers, asked over TCP, are compared',
    'additional': 'RFC 1034 s.4.3.2 step 6, RFC 2181 s.9: records "which may be useful" are optional outside of a referral; '
                  'what kotae adds is compared with what the peer answers when asked for it',
    'sibling-glue': 'RFC 9471 s.3.2, 3.3: sibling glue and addresses of servers that are not below the cut may be given or not',
    'any': 'RFC 8482 s.4.1: ANY may be answered with one of the sets, or all; each set given is compared',
    'rrsig': 'RFC 8482 s.4.1 (as for ANY): RRSIG asked by type may be answered with some of the signatures, or all',
    'crosses-zones': 'RFC 1034 s.4.3.2 step 3a: "change QNAME to the canonical name, and go back to step 1", which looks for '
                     'the nearest zone; Knot and BIND stay in one zone.  The peer is asked for the target, and its answers '
                     'are put together',
    'chain-end': 'RFC 1034 s.3.6.2: CNAME chains are followed, loops signalled; how many links one reply holds is the '
                 "server's choice.  The peer is asked for the link where it stopped",
    'wildcard-ent': 'RFC 4035 s.3.1.3.4, RFC 5155 s.7.2.5 (*): no data of a wildcard that is an empty non-terminal needs the '
                    'whole proof; Knot and BIND leave a part out (BIND with NSEC only), and validators call that bogus',
    'nsd-glue-exists': 'RFC 1034 s.4.2.1 (*): a name that is only glue in the parent does not exist in the child; NSD keeps one '
                       'tree of names for all zones',
    'nsd-nsec3-type': 'RFC 1034 s.4.3.2 step 3a (*): the CNAME is followed for every type but itself; NSD is special for '
                      'type NSEC3 (RFC 5155 s.7.2.8 is about the names of NSEC3 records)',
    'bind-loop': 'RFC 1034 s.3.6.2: a CNAME loop is not an error of the server; BIND says SERVFAIL',
    'knot-nsec-at-cname': 'RFC 1034 s.4.3.2 step 3a (*): in a zone without NSEC an alias has none, so the CNAME is '
                          'followed; Knot says no data',
    'nsd-wildcard-nsec': 'RFC 4035 s.3.1.3.2 (*): the NSEC that covers the wildcard; where a name sorts before "*" NSD gives that of '
                         'the encloser, which does not cover it',
    'nsd-proof': 'RFC 5155 s.7.2.1 to 7.2.8, RFC 4035 s.3.1.3 (*): what is shown to deny; NSD leaves out the encloser of some wildcards, '
                 'and what is below an empty non-terminal that opts out; Knot gives the same as kotae',
    'rrsig-at-cname': 'RFC 4035 s.2.5: the signatures of an alias stand beside it, so RRSIG asked for is not what it leads to; NSD follows '
                      'the alias, Knot answers as kotae',
    'knot-star': 'RFC 4592 s.2.3 (*): an asterisk in a question is a label as each other: where a wildcard matches it, it must be shown '
                 'that the name itself is not there (RFC 4035 s.3.1.3.3, 3.1.3.4); Knot leaves that out',
    'knot-optout-ent': 'RFC 1035 s.4.1.1, RFC 5155 s.7.2.1 (*): NXDOMAIN of a zone held has AA, SOA and proof; where the name is below an '
                       'empty non-terminal without an NSEC3 Knot at times gives a bare header.  test_validation judges the proof',
    'nsd-star': 'RFC 5155 s.7.2.3, RFC 4035 s.3.1.3.1 (*): a name that is there, be it a wildcard, needs only its own record for '
                'no data; NSD adds the proof of a wildcard match, which does no harm',
    'wildcard-glue': 'RFC 1034 s.4.3.3 (*): "wildcard RRs do not apply when the query is in another zone, that is, delegation '
                     'cancels the wildcard defaults"; NSD and Knot make glue from a wildcard below the cut',
    'yxdomain': 'RFC 6672 s.2.2: YXDOMAIN where the name that DNAME makes is too long; no further proof is asked for',
}

HELD_LIMIT = 30  # questions that one composed answer may take
LINKS_MIN = 8    # links of a chain that kotae must follow


class View:
    """The parts of a message that are compared."""

    def __init__(self, message):
        self.rcode = message.rcode
        self.flags = {name: message.flag(bit) for name, bit in (('AA', wire.AA), ('TC', wire.TC), ('AD', wire.AD), ('RA', wire.RA))}
        self.edns = message.opt is not None
        self.question = message.question
        self.answer = set(message.answer)
        self.authority = set(message.authority)
        self.additional = set(message.additional)
        self.composed = self.alias = False
        self.repeats = [record for section in message.sections for record, n in collections.Counter(section).items() if n > 1]

    def same(self, other):
        return not self.differences(other)

    def differences(self, other):
        out = []
        for what in ('rcode', 'flags', 'edns', 'question', 'answer', 'authority', 'additional'):
            if getattr(self, what) != getattr(other, what):
                out.append(what)
        return out

    def is_referral(self):
        """No answer of its own: NS in the authority section and no SOA."""
        types = {record.type for record in self.authority}
        return wire.NS in types and wire.SOA not in types and (not self.answer or not self.flags['AA'] or True) and \
            not any(record.type not in (wire.CNAME, wire.DNAME, wire.RRSIG) for record in self.answer)

    def cut(self):
        return next(record.owner for record in self.authority if record.type == wire.NS)

    def last_name(self, name):
        """Where the chain of CNAMEs in the answer leads from name, and the names passed."""
        links = {record.owner: record.data for record in self.answer if record.type == wire.CNAME}
        passed = []
        while name in links and name not in passed:
            passed.append(name)
            name = links[name]
        return name, passed


def sets_of(records):
    """{(owner, type): {(ttl, data)}}; a signature belongs to the type it covers."""
    out = collections.defaultdict(set)
    for record in records:
        covered = int.from_bytes(record.data[:2], 'big') if record.type == wire.RRSIG else None
        out[record.owner, covered or record.type].add((record.type, record.ttl, record.data))
    return out


class Judge:
    """Compares kotae with one peer."""

    def __init__(self, world, ours, theirs, apart=None, arbiter=None):
        """
        world: all zones held (zonegen).  apart: zone name -> client of another server of
        that kind, which has the zone but not its parent.  arbiter: the judge of another peer.
        """
        self.held = {wire.name_wire(zone.origin).lower() for zone in world.zones}
        self.hidden = {wire.name_wire(name).lower() for zone in world.zones for name in zone.hidden}
        self.ours, self.theirs, self.apart, self.arbiter = ours, theirs, apart, arbiter
        self.kind = theirs.server.kind

    def zone_of(self, name):
        labels = wire.labels_of(name)
        for i in range(len(labels) + 1):
            if wire.from_labels(labels[i:]) in self.held:
                return wire.from_labels(labels[i:])
        return None

    def explain(self, query):
        """(rules needed, None) or (rules, what is still different)."""
        rules = []
        ours, theirs = View(self.ours.ask(query)), View(self.theirs.ask(query))
        if ours.repeats:
            return rules, [f'a record stands twice (RFC 2181 s.5): {wire.record_text(ours.repeats[0])}']
        if ours.same(theirs) and not ours.flags['TC']:
            return rules, []
        if ours.flags['TC'] or theirs.flags['TC']:
            if ours.flags['TC'] and self.whole(query) <= query.limit(1232):
                return rules, [f'TC, but the whole answer has only {self.whole(query)} octets']
            if ours.flags['TC'] != theirs.flags['TC']:
                rules.append('tc-size')
            query = query.but(tcp=True)
            ours, theirs = View(self.ours.ask(query)), View(self.theirs.ask(query))
        elif ours.is_referral() and not query.tcp and ours.additional != theirs.additional:
            rules.append('glue-size')
            lost = self.glue_lost(query, ours)
            if lost:
                return rules, [f'glue left out without TC: {lost}']
            query = query.but(tcp=True)
            ours, theirs = View(self.ours.ask(query)), View(self.theirs.ask(query))
        for rule in (self.any_type, self.rrsig_type, self.knot_nsec_at_cname, self.nsd_glue_exists, self.nsd_nsec3_type, self.bind_loop, self.chain,
                     self.yxdomain, self.wildcard_ent, self.nsd_wildcard_nsec, self.nsd_star, self.nsd_proof, self.rrsig_at_cname, self.knot_optout_ent,
                     self.knot_star,
                     self.wildcard_glue, self.sibling_glue, self.additional):
            if ours.same(theirs):
                break
            name = rule(query, ours, theirs)
            if name:
                rules.append(name)
        return rules, ours.differences(theirs)

    def whole(self, query):
        return len(self.ours.ask(query.but(tcp=True)).octets)

    def glue_lost(self, query, ours):
        """Names of servers below the cut whose addresses only the whole answer has."""
        whole = View(self.ours.ask(query.but(tcp=True)))
        cut = ours.cut()
        return [wire.name_text(r.owner) for r in whole.additional - ours.additional
                if r.type in (wire.A, wire.AAAA) and wire.is_below(r.owner, cut)]

    # Rules.  Each changes the views where its condition holds and gives back its name, or None.

    def any_type(self, query, ours, theirs):
        if query.type != wire.ANY or not ours.answer or ours.rcode != theirs.rcode:
            return None
        # An alias is what was asked for; only the CNAME that a DNAME makes is followed.
        last = ours.last_name(query.lower)[0] if any(r.type == wire.DNAME for r in ours.answer) else query.lower
        chain = {r for r in ours.answer if r.owner != last}
        if not chain <= theirs.answer or any(r.type not in (wire.CNAME, wire.DNAME, wire.RRSIG) for r in chain):
            return None
        for (owner, rdtype), records in sets_of(ours.answer - chain).items():
            asked = self.theirs.ask(query.but(name=last, rdtype=rdtype, tcp=True))
            if sets_of(asked.answer).get((owner, rdtype)) != records:
                return None
        if not theirs.answer:
            return None
        followed = not chain or theirs.answer != chain  # Knot does not follow into another zone
        theirs.authority = self.proofs_only(ours, theirs) if followed else ours.authority
        theirs.answer, theirs.additional = ours.answer, ours.additional
        return 'any'

    @staticmethod
    def proofs_only(ours, theirs):
        """For ANY: a wildcard's proof must be the same; NS beside it is optional."""
        return {r for r in theirs.authority if r.type != wire.NS} | {r for r in ours.authority if r.type == wire.NS}

    def rrsig_type(self, query, ours, theirs):
        if query.type != wire.RRSIG or not ours.answer or not (ours.answer <= theirs.answer or ours.answer >= theirs.answer):
            return None
        if ours.answer > theirs.answer:
            for (owner, rdtype), records in sets_of(ours.answer).items():
                asked = sets_of(self.theirs.ask(query.but(rdtype=rdtype, edns=1232, do=True, tcp=True)).answer)
                if not records <= asked.get((owner, rdtype), set()):
                    return None
        if not theirs.answer:
            return None
        theirs.answer = ours.answer
        return 'rrsig'

    def nsd_glue_exists(self, query, ours, theirs):
        if not self.apart or (query.type == wire.DS and query.lower in self.held):
            return None
        names = [query.lower, ours.last_name(query.lower)[0], theirs.last_name(query.lower)[0]]
        if all(self.zone_of(name) is None or self.zone_of(wire.from_labels(wire.labels_of(self.zone_of(name))[1:])) is None
               for name in names):
            return None  # no zone on the way has its parent here
        zone = self.zone_of(query.lower)
        alone = View(self.apart[zone].ask(query.but(tcp=True)))
        at_most = set(alone.authority)
        for _ in range(HELD_LIMIT):  # RFC 1034 s.4.3.2 step 3a, by hand
            last, passed = alone.last_name(query.lower)
            if not passed or last in passed or any(r.owner == last and r.type != wire.RRSIG for r in alone.answer):
                break
            if self.zone_of(last) is None or self.zone_of(last) == zone:
                break
            client, zone = self.apart[zone], self.zone_of(last)
            at_most |= self.follow(query, alone, last, client, self.apart[zone])
        if alone.authority <= ours.authority <= at_most:
            alone.authority = ours.authority
        if alone.same(theirs):
            return None
        theirs.__dict__.update(alone.__dict__, question=theirs.question, composed=True)
        return 'nsd-glue-exists'

    @staticmethod
    def without_cut(query, view, client):
        """The authority section without what it tells of the cut, its proof too."""
        cut = view.cut()
        proof = set(client.ask(query.but(name=cut, rdtype=wire.DS, tcp=True)).authority)
        return {r for r in view.authority if r.owner != cut and r not in proof}

    def follow(self, query, view, last, asked, client):
        """Adds the client's answer for last to view, whose answers asked gave; what authority came with it."""
        more = View(client.ask(query.but(name=last, tcp=True)))
        if self.kind == 'knot' and query.type == wire.NSEC and not more.answer:  # see knot-nsec-at-cname
            alias = View(client.ask(query.but(name=last, rdtype=wire.CNAME, tcp=True)))
            more = alias if alias.answer else more
        kept = {r for r in view.authority if r.type != wire.SOA and not self.of_soa(r)}
        if view.is_referral():
            kept = self.without_cut(query, view, asked) & kept
        view.answer |= more.answer
        view.authority, view.additional, view.rcode = kept | more.authority, more.additional, more.rcode
        return set(more.authority)

    def nsd_nsec3_type(self, query, ours, theirs):
        if self.kind != 'nsd' or query.type != wire.NSEC3:
            return None
        as_other = View(self.theirs.ask(query.but(rdtype=65300)))  # a type that no name has
        theirs.__dict__.update(as_other.__dict__, question=theirs.question)
        return 'nsd-nsec3-type'

    def bind_loop(self, query, ours, theirs):
        if self.kind != 'bind' or theirs.rcode != wire.SERVFAIL or ours.rcode != wire.NOERROR:
            return None
        last, passed = ours.last_name(query.lower)
        if last not in passed:
            return None
        theirs.rcode = ours.rcode
        return 'bind-loop'

    def chain(self, query, ours, theirs):
        """Puts the peer's answer together from its answers to the links where it stopped."""
        if theirs.composed:
            return None
        goal, ours_passed = ours.last_name(query.lower)
        last, passed = theirs.last_name(query.lower)
        if len(passed) > len(ours_passed):
            return self.longer_chain(query, ours, theirs, goal, ours_passed)
        used, at_most = None, set(theirs.authority)
        for _ in range(HELD_LIMIT):
            if not passed or last in passed or any(r.owner == last and r.type != wire.RRSIG for r in theirs.answer):
                break
            crosses = self.zone_of(last) != self.zone_of(passed[-1])
            if self.zone_of(last) is None or (last == goal and not crosses and ours.rcode != wire.YXDOMAIN and not theirs.alias):
                break  # out of our zones, or as far as kotae went, which is judged as it is
            used = 'crosses-zones' if crosses else used or 'chain-end'
            at_most |= self.follow(query, theirs, last, self.theirs, self.theirs)
            theirs.alias = False
            if theirs.rcode == wire.YXDOMAIN:
                break
            last, passed = theirs.last_name(query.lower)
        if theirs.is_referral() and theirs.cut() in self.held and last in passed:  # a loop: nothing more to tell
            used = 'crosses-zones'
            theirs.authority = self.without_cut(query, theirs, self.theirs)
            theirs.additional = ours.additional
        last, passed = theirs.last_name(query.lower)
        if len(passed) > len(ours_passed):
            return self.longer_chain(query, ours, theirs, goal, ours_passed) or used
        if theirs.rcode == wire.YXDOMAIN and last == goal and len(passed) >= LINKS_MIN:  # kotae does not take the last step
            used, theirs.rcode = 'chain-end', ours.rcode
        if used and theirs.authority <= ours.authority <= at_most:
            theirs.authority = ours.authority
        return used

    def longer_chain(self, query, ours, theirs, goal, passed):
        """kotae stopped earlier: at a name that it has passed already, or after many links."""
        if not ours.answer <= theirs.answer or not (goal in passed or len(passed) >= LINKS_MIN):
            return None
        theirs.answer, theirs.rcode, theirs.authority = ours.answer, ours.rcode, ours.authority
        return 'chain-end'

    @staticmethod
    def of_soa(record):
        return record.type == wire.RRSIG and record.data[:2] == b'\0\6'

    def yxdomain(self, query, ours, theirs):
        if ours.rcode != wire.YXDOMAIN:
            return None
        if self.kind == 'knot' and theirs.rcode in (wire.YXDOMAIN, wire.NXDOMAIN) and ours.answer <= theirs.answer:
            theirs.rcode, theirs.authority, theirs.answer = ours.rcode, ours.authority, ours.answer
            return 'yxdomain'
        return None

    def wildcard_ent(self, query, ours, theirs):
        if self.kind not in ('knot', 'bind') or not ours.authority > theirs.authority:
            return None
        extra = ours.authority - theirs.authority
        if all(r.type in (wire.NSEC3, wire.RRSIG) for r in extra):  # RFC 5155 s.7.2.5: the encloser's proof beside it
            empty = [r for r in theirs.authority if r.type == wire.NSEC3 and len(r.data) == 5 + r.data[4] + 1 + 20]
            if empty:
                theirs.authority = ours.authority
                return 'wildcard-ent'
            return None
        nsec = [r for r in extra if r.type == wire.NSEC]
        if len(nsec) != 1 or any(r.type not in (wire.NSEC, wire.RRSIG) or r.owner != nsec[0].owner for r in extra):
            return None
        following = nsec[0].data[:wire.read_name(nsec[0].data, 0)[1]]
        labels = wire.labels_of(following)
        last = ours.last_name(query.lower)[0]
        for i in range(1, len(labels)):  # a wildcard label above the next name: it exists, and is empty
            if labels[i] == b'*' and wire.is_below(last, wire.from_labels(labels[i + 1:])):
                theirs.authority = ours.authority
                return 'wildcard-ent'
        return None

    def knot_nsec_at_cname(self, query, ours, theirs):
        if self.kind != 'knot' or query.type != wire.NSEC or theirs.answer:
            return None
        if not any(r.owner == query.lower and r.type == wire.CNAME for r in ours.answer):
            return None
        zone = self.zone_of(query.lower)
        if self.theirs.ask(query.but(name=zone, tcp=True)).answer:
            return None  # the zone has NSEC, and so has the alias
        alias = View(self.theirs.ask(query.but(rdtype=wire.CNAME, tcp=True)))
        theirs.__dict__.update(alias.__dict__, question=theirs.question, alias=True)
        return 'knot-nsec-at-cname'

    @staticmethod
    def covers(record, name):
        """The NSEC's span has the name in it (RFC 4034 s.6.1)."""
        key = lambda wired: wire.labels_of(wired)[::-1]
        following = key(record.data[:wire.read_name(record.data, 0)[1]])
        return key(record.owner) < key(name) and (key(name) < following or following <= key(record.owner))

    def nsd_wildcard_nsec(self, query, ours, theirs):
        extra, missing = theirs.authority - ours.authority, ours.authority - theirs.authority
        wrong = [r for r in extra if r.type == wire.NSEC]
        right = [r for r in missing if r.type == wire.NSEC]
        if self.kind != 'nsd' or len(wrong) > 1 or len(right) != 1 or any(r.type not in (wire.NSEC, wire.RRSIG) for r in extra | missing):
            return None
        labels = wire.labels_of(ours.last_name(query.lower)[0])
        stars = [wire.from_labels([b'*'] + labels[i:]) for i in range(1, len(labels))]
        if any(self.covers(right[0], star) and not any(self.covers(r, star) for r in theirs.authority if r.type == wire.NSEC) for star in stars):
            theirs.authority = ours.authority
            return 'nsd-wildcard-nsec'
        return None

    @staticmethod
    def knot_gives_up(ours, knot):
        return ours.rcode == knot.rcode == wire.NXDOMAIN and not knot.flags['AA'] and not knot.authority and not knot.answer

    def knot_optout_ent(self, query, ours, theirs):
        nsec3 = [r for r in ours.authority if r.type == wire.NSEC3]
        if self.kind != 'knot' or not self.knot_gives_up(ours, theirs) or not any(r.data[1] & 1 for r in nsec3):
            return None
        theirs.flags, theirs.authority = ours.flags, ours.authority
        return 'knot-optout-ent'

    def nsd_proof(self, query, ours, theirs):
        differ = ours.authority ^ theirs.authority
        if self.kind != 'nsd' or not self.arbiter or ours.rcode != theirs.rcode or ours.answer != theirs.answer:
            return None
        if any(r.type not in (wire.NSEC, wire.NSEC3, wire.RRSIG) for r in differ) or not self.knot_agrees(query, ours):
            return None
        theirs.authority = ours.authority
        return 'nsd-proof'

    def rrsig_at_cname(self, query, ours, theirs):
        if self.kind != 'nsd' or query.type != wire.RRSIG or ours.answer or not self.arbiter or not self.knot_agrees(query, ours):
            return None
        theirs.__dict__.update(ours.__dict__)
        return 'rrsig-at-cname'

    def knot_agrees(self, query, ours):
        """Knot's answer, put together where it has to be, is kotae's."""
        query = query.but(tcp=True)
        knot = View(self.arbiter.theirs.ask(query))
        for rule in (self.arbiter.chain, self.arbiter.knot_optout_ent):
            if not ours.same(knot):
                rule(query, ours, knot)
        return (ours.rcode, ours.answer, ours.authority) == (knot.rcode, knot.answer, knot.authority)

    def knot_star(self, query, ours, theirs):
        last, passed = ours.last_name(query.lower)
        extra = ours.authority - theirs.authority
        if self.kind != 'knot' or not any(name.startswith(b'\1*') for name in passed + [last]) or not theirs.authority < ours.authority:
            return None
        if any(r.type not in (wire.NSEC, wire.NSEC3, wire.RRSIG) for r in extra):
            return None
        theirs.authority = ours.authority
        return 'knot-star'

    def nsd_star(self, query, ours, theirs):
        last = ours.last_name(query.lower)[0]
        if self.kind != 'nsd' or not last.startswith(b'\1*') or not theirs.authority > ours.authority:
            return None
        if any(r.type not in (wire.NSEC, wire.NSEC3, wire.RRSIG) for r in theirs.authority - ours.authority):
            return None
        theirs.authority = ours.authority
        return 'nsd-star'

    def wildcard_glue(self, query, ours, theirs):
        if not ours.is_referral():
            return None
        cut, made = ours.cut(), set()
        for record in theirs.additional - ours.additional:
            labels = wire.labels_of(record.owner)
            above = [wire.from_labels([b'*'] + labels[i:]) for i in range(1, len(labels))]
            if any(star in self.hidden and wire.is_below(star, cut) for star in above):
                made.add(record)
        theirs.additional -= made
        return 'wildcard-glue' if made else None

    def sibling_glue(self, query, ours, theirs):
        if not ours.is_referral() or ours.additional == theirs.additional or ours.authority != theirs.authority:
            return None
        cut = ours.cut()
        must = lambda records: {r for r in records if wire.is_below(r.owner, cut)}
        if must(ours.additional) != must(theirs.additional):
            return None
        named = {r.data for r in ours.authority if r.type == wire.NS}
        extra = ours.additional - theirs.additional
        if any(r.owner not in named or not self.true_record(query, r) for r in extra):
            return None
        theirs.additional = ours.additional
        return 'sibling-glue'

    def additional(self, query, ours, theirs):
        if ours.is_referral() or ours.additional == theirs.additional:
            return None
        if not all(self.true_record(query, r) for r in ours.additional - theirs.additional):
            return None
        theirs.additional = ours.additional
        return 'additional'

    def true_record(self, query, record):
        """The peer has it too, as an answer or as glue."""
        rdtype = int.from_bytes(record.data[:2], 'big') if record.type == wire.RRSIG else record.type
        reply = self.theirs.ask(query.but(name=record.owner, rdtype=rdtype, tcp=True))
        return any(r[1:] == record[1:] for r in reply.answer + reply.additional)
