"""What an ideal authoritative answers, worked out slowly: sorted lists of runs of addresses, and sums over them.

It shares nothing with kotaed: no trie, no search tree.  A class is anything that can be compared.
"""
import bisect
import ipaddress

RESOLVER = 'by the resolver'  # private and shared addresses, RFC 7871 s.11.1
EMBEDDED = 'an IPv4 address inside'
BITS = {4: 32, 6: 128}
PRIVATE = ('10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7')
# block, and where the IPv4 address is in it: RFC 4291 s.2.5.5.2, 2765, 6052, 3056, 4380
V4_LIKE = (('::ffff:0:0/96', 96), ('::ffff:0:0:0/96', 96), ('64:ff9b::/96', 96), ('2002::/16', 16), ('2001::/32', 32))


def block_of(address, family, length):
    """First address and size of the block of this length around an address."""
    size = 1 << (BITS[family] - length)
    return address // size * size, size


class Partition:
    """One family: runs of addresses of one class, as [first] and [class]."""

    def __init__(self, family, networks, default):
        """networks: (ip_network, class), stronger ones of equal length first."""
        self.family = family
        self.first, self.cls = [], []
        ordered = sorted(((n, c) for n, c in networks if n.version == family), key=lambda item: -item[0].prefixlen)
        points = {0}
        for network, _ in ordered:
            points.add(int(network.network_address))
            points.add(int(network.broadcast_address) + 1)
        spans = [(int(n.network_address), int(n.broadcast_address), c) for n, c in ordered]
        for point in sorted(points):
            if point >> BITS[family]:
                continue
            cls = next((c for low, high, c in spans if low <= point <= high), default)
            if not self.cls or self.cls[-1] != cls:
                self.first.append(point)
                self.cls.append(cls)

    def at(self, address):
        return self.cls[bisect.bisect_right(self.first, address) - 1]

    def runs(self, low, size):
        """(class, number of addresses) inside [low, low + size)."""
        i = bisect.bisect_right(self.first, low) - 1
        while i < len(self.first) and self.first[i] < low + size:
            end = self.first[i + 1] if i + 1 < len(self.first) else 1 << BITS[self.family]
            yield self.cls[i], min(end, low + size) - max(self.first[i], low)
            i += 1

    def uniform(self, low, size):
        return sum(1 for _ in self.runs(low, size)) == 1

    def cell(self, address, shortest):
        """(class, length) of the largest block around the address that has one class."""
        for length in range(shortest, BITS[self.family] + 1):
            if self.uniform(*block_of(address, self.family, length)):
                return self.at(address), length
        raise AssertionError(address)

    def longest(self, low, size, shortest):
        """The length of the smallest cell in a block."""
        longest, address = 0, low
        while address < low + size:
            _, length = self.cell(address, shortest)
            longest = max(longest, length)
            start, cell = block_of(address, self.family, length)
            address = start + cell
        return longest


class Model:
    """A map: networks (prefix text -> class), the class of the rest, short-source (prefix text -> class)."""

    SHORTEST = 1  # scope 0 is for both families at once (rule b)

    def __init__(self, networks, default, short=None, private=True):
        self.default = default
        own = [(ipaddress.ip_network(prefix), cls) for prefix, cls in networks.items()]
        self.short = [(ipaddress.ip_network(prefix), cls) for prefix, cls in (short or {}).items()]
        self.v4_like = [(ipaddress.ip_network(prefix), offset) for prefix, offset in V4_LIKE]
        special = [(ipaddress.ip_network(prefix), RESOLVER) for prefix in PRIVATE if private]
        special += [(network, EMBEDDED) for network, _ in self.v4_like]
        self.parts = {family: Partition(family, own + special, default) for family in (4, 6)}
        self.classes = {default} | set(networks.values())

    def inside(self, family, address):
        """(address of IPv4, its offset) when an address of IPv6 has one inside."""
        if family == 6:
            for network, offset in self.v4_like:
                if int(network.network_address) <= address <= int(network.broadcast_address):
                    return address >> (96 - offset) & 0xffffffff, offset
        return None

    def cell(self, family, address):
        inner = self.inside(family, address)
        if inner:
            cls, length = self.parts[4].cell(inner[0], self.SHORTEST)
            return cls, length + inner[1]
        return self.parts[family].cell(address, self.SHORTEST)

    def of_resolver(self, resolver):
        address = ipaddress.ip_address(resolver)
        cls, _ = self.cell(address.version, int(address))
        return self.default if cls == RESOLVER else cls

    def declared(self, family, low, length):
        found = None
        for network, cls in self.short:
            if (network.version == family and network.prefixlen <= length
                    and block_of(low, family, network.prefixlen)[0] == int(network.network_address)
                    and (found is None or network.prefixlen > found[0])):
                found = network.prefixlen, cls
        return found

    def too_short(self, family, low, length):
        """Who answers for a block of several cells, and the scope that says how long it must be."""
        part = self.parts[family]
        size = 1 << (BITS[family] - length)
        longest = part.longest(low, size, self.SHORTEST)
        if family == 6:
            for network, offset in self.v4_like:
                if low <= int(network.network_address) < low + size:
                    longest = max(longest, offset + self.parts[4].longest(0, 1 << 32, self.SHORTEST))
        declared = self.declared(family, low, length)
        if declared:
            return declared[1], longest, 'declared'
        votes = {}
        for cls, count in part.runs(low, size):
            votes[cls] = votes.get(cls, 0) + count
        real = {cls: count for cls, count in votes.items() if cls not in (RESOLVER, EMBEDDED)} or votes
        best = max(real.values())
        return next(cls for cls, count in real.items() if count == best), longest, 'share'  # in order of addresses

    def decide(self, prefix, resolver):
        """(class, scope, reason) for a client subnet, None for none."""
        if prefix is None:
            return self.of_resolver(resolver), None, 'resolver'
        network = ipaddress.ip_network(prefix)
        family, length, low = network.version, network.prefixlen, int(network.network_address)
        if length == 0:
            return self.of_resolver(resolver), 0, 'no source'
        if len(self.classes) == 1:
            return self.default, 0, 'everybody'
        cls, cell = self.cell(family, low)
        reason = 'cell'
        if cell > length:
            inner = next(((n, o) for n, o in self.v4_like if family == 6 and n.supernet_of(network)), None)
            if inner:
                shift = BITS[6] - 32 - inner[1]
                cls, cell, reason = self.too_short(4, low >> shift & 0xffffffff, length - inner[1])
                cell += inner[1]
            else:
                cls, cell, reason = self.too_short(family, low, length)
        if cls == RESOLVER:
            return self.of_resolver(resolver), cell, 'special'
        return cls, cell, reason


class Gdnsd(Model):
    """gdnsd 3.8: no private blocks, IPv4 lies at ::/96 of the one trie, a short source counts as its first address."""

    SHORTEST = 0

    def __init__(self, networks, default):
        super().__init__({}, default)
        own = [(ipaddress.ip_network(prefix), cls) for prefix, cls in networks.items()]
        low = [(ipaddress.ip_network(('::' + str(n.network_address), n.prefixlen + 96)), c) for n, c in own if n.version == 4]
        above = Partition(6, own, default).at(0)  # a network that holds ::/96 holds IPv4
        self.parts = {4: Partition(4, own, above),
                      6: Partition(6, own + low + [(n, EMBEDDED) for n, _ in self.v4_like], default)}

    def inside(self, family, address):
        inner = super().inside(family, address)
        if inner and inner[1] == 32:  # Teredo: the client's address, turned, is at the end
            return ~address & 0xffffffff, 96
        return inner

    def decide(self, prefix, resolver):
        network = ipaddress.ip_network(prefix)
        if network.prefixlen == 0:
            address = ipaddress.ip_address(resolver)
            return self.cell(address.version, int(address))[0], 0
        return self.cell(network.version, int(network.network_address))
