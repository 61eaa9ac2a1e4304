/*
 * The table of record types: what each is called and which fields its rdata has.
 *
 * Source: IANA, Domain Name System (DNS) Parameters, "Resource Record (RR) TYPEs", and
 * the RFC beside each list of fields.
 */
#include "dns/rdata_p.h"
#include "dns/type.h"

/* Names that are compressed in messages (RFC 1035), or only expanded (RFC 3597 s.4). */
#define COMPRESSED (DNS_FIELD_COMPRESS | DNS_FIELD_EXPAND | DNS_FIELD_LOWER)
#define EXPANDED   (DNS_FIELD_EXPAND | DNS_FIELD_LOWER)
#define LOWER      DNS_FIELD_LOWER
#define PLAIN      0

#define FIELDS(id, ...) \
 static const struct dns_field id[] = { __VA_ARGS__, { .name = NULL } }
#define F(name, kind)             \
 {                                \
  name, &dns_kind_##kind, NULL, 0 \
 }
#define F_IF(name, kind, flags)       \
 {                                    \
  name, &dns_kind_##kind, NULL, flags \
 }
#define F_W(name, kind, words, flags)  \
 {                                     \
  name, &dns_kind_##kind, words, flags \
 }

/* IANA, DNS Security Algorithm Numbers; the second names are those BIND takes as well. */
static const struct dns_word algorithms[] = {
	{ "RSAMD5", 1, 0 },
	{ "DH", 2, 0 },
	{ "DSA", 3, 0 },
	{ "ECC", 4, 0 },
	{ "RSASHA1", 5, 0 },
	{ "DSA-NSEC3-SHA1", 6, 0 },
	{ "NSEC3DSA", 6, 0 },
	{ "RSASHA1-NSEC3-SHA1", 7, 0 },
	{ "NSEC3RSASHA1", 7, 0 },
	{ "RSASHA256", 8, 0 },
	{ "RSASHA512", 10, 0 },
	{ "ECC-GOST", 12, 0 },
	{ "ECCGOST", 12, 0 },
	{ "ECDSAP256SHA256", 13, 0 },
	{ "ECDSA256", 13, 0 },
	{ "ECDSAP384SHA384", 14, 0 },
	{ "ECDSA384", 14, 0 },
	{ "ED25519", 15, 0 },
	{ "ED448", 16, 0 },
	{ "SM2SM3", 17, 0 },
	{ "ECC-GOST12", 23, 0 },
	{ "INDIRECT", 252, 0 },
	{ "PRIVATEDNS", 253, 0 },
	{ "PRIVATEOID", 254, 0 },
	{ NULL, 0, 0 },
};

/* IANA, DS RR Type Digest Algorithms: with the octets of each digest. */
static const struct dns_word ds_digests[] = {
	{ "SHA-1", 1, 20 },
	{ "SHA1", 1, 20 },
	{ "SHA-256", 2, 32 },
	{ "SHA256", 2, 32 },
	{ "GOST", 3, 32 },
	{ "SHA-384", 4, 48 },
	{ "SHA384", 4, 48 },
	{ NULL, 0, 0 },
};

/* RFC 4255 s.3.1.2, RFC 6594 s.4. */
static const struct dns_word sshfp_digests[] = {
	{ "SHA-1", 1, 20 },
	{ "SHA-256", 2, 32 },
	{ NULL, 0, 0 },
};

/* RFC 8976 s.2.2.3; others have 12 octets at least (s.2.2.4). */
static const struct dns_word zonemd_digests[] = {
	{ "SHA-384", 1, 48 },
	{ "SHA-512", 2, 64 },
	{ NULL, 0, 12 },
};

/* RFC 2535 s.3.1.2 and s.7.1, as BIND names them. */
static const struct dns_word key_flags[] = {
	{ "NOCONF", 0x4000, 0 },
	{ "NOAUTH", 0x8000, 0 },
	{ "NOKEY", 0xc000, 0 },
	{ "FLAG2", 0x2000, 0 },
	{ "EXTEND", 0x1000, 0 },
	{ "FLAG4", 0x0800, 0 },
	{ "FLAG5", 0x0400, 0 },
	{ "USER", 0x0000, 0 },
	{ "ZONE", 0x0100, 0 },
	{ "HOST", 0x0200, 0 },
	{ "NTYP3", 0x0300, 0 },
	{ "FLAG8", 0x0080, 0 },
	{ "FLAG9", 0x0040, 0 },
	{ "FLAG10", 0x0020, 0 },
	{ "FLAG11", 0x0010, 0 },
	{ "KSK", 0x0001, 0 },
	{ "REVOKE", 0x0080, 0 },
	{ NULL, 0, 0 },
};

/* RFC 2535 s.3.1.3. */
static const struct dns_word key_protocols[] = {
	{ "NONE", 0, 0 },
	{ "TLS", 1, 0 },
	{ "EMAIL", 2, 0 },
	{ "DNSSEC", 3, 0 },
	{ "IPSEC", 4, 0 },
	{ "ALL", 255, 0 },
	{ NULL, 0, 0 },
};

/* RFC 4398 s.2.1. */
static const struct dns_word cert_types[] = {
	{ "PKIX", 1, 0 },
	{ "SPKI", 2, 0 },
	{ "PGP", 3, 0 },
	{ "IPKIX", 4, 0 },
	{ "ISPKI", 5, 0 },
	{ "IPGP", 6, 0 },
	{ "ACPKIX", 7, 0 },
	{ "IACPKIX", 8, 0 },
	{ "URI", 253, 0 },
	{ "OID", 254, 0 },
	{ NULL, 0, 0 },
};

/* RFC 9859 s.6.2. */
static const struct dns_word dsync_schemes[] = {
	{ "NOTIFY", 1, 0 },
	{ NULL, 0, 0 },
};

/* RFC 7218 s.2. */
static const struct dns_word tlsa_usages[] = {
	{ "PKIX-TA", 0, 0 },
	{ "PKIX-EE", 1, 0 },
	{ "DANE-TA", 2, 0 },
	{ "DANE-EE", 3, 0 },
	{ "PRIVCERT", 255, 0 },
	{ NULL, 0, 0 },
};
static const struct dns_word tlsa_selectors[] = {
	{ "CERT", 0, 0 },
	{ "SPKI", 1, 0 },
	{ "PRIVSEL", 255, 0 },
	{ NULL, 0, 0 },
};
static const struct dns_word tlsa_matches[] = {
	{ "FULL", 0, 0 },
	{ "SHA2-256", 1, 0 },
	{ "SHA2-512", 2, 0 },
	{ "PRIVMATCH", 255, 0 },
	{ NULL, 0, 0 },
};

/* RFC 1035 s.3.3, s.3.4. */
FIELDS(a_fields, F("address", ipv4));
FIELDS(host_fields, F_IF("name", name, COMPRESSED));
FIELDS(soa_fields, F_IF("primary server", name, COMPRESSED),
    F_IF("mailbox", name, COMPRESSED), F("serial", u32), F("refresh", span),
    F("retry", span), F("expire", span), F("minimum", span));
FIELDS(minfo_fields, F_IF("responsible mailbox", name, COMPRESSED),
    F_IF("error mailbox", name, COMPRESSED));
FIELDS(mx_fields, F("preference", u16), F_IF("exchange", name, COMPRESSED));
FIELDS(hinfo_fields, F("CPU", string), F("OS", string));
FIELDS(txt_fields, F("text", strings));
FIELDS(wks_fields, F("address", ipv4), F("protocol and services", services));
/* RFC 1183. */
FIELDS(rp_fields, F_IF("mailbox", name, EXPANDED), F_IF("text name", name, EXPANDED));
FIELDS(afsdb_fields, F("subtype", u16), F_IF("server", name, EXPANDED));
FIELDS(x25_fields, F("PSDN address", string));
FIELDS(isdn_fields, F("ISDN address", string),
    F_IF("subaddress", string, DNS_FIELD_OPTIONAL));
FIELDS(rt_fields, F("preference", u16), F_IF("intermediate", name, EXPANDED));
/* RFC 1706. */
FIELDS(nsap_fields, F("address", nsap));
FIELDS(nsap_ptr_fields, F_IF("name", name, PLAIN));
/* RFC 2535, RFC 2931; RFC 4034 s.3 has the same fields in RRSIG. */
#define SIGNATURE(id, signer)                                               \
 FIELDS(id, F("type covered", type), F_W("algorithm", u8, algorithms, 0),   \
     F("labels", u8), F("original TTL", span), F("expiration", time),       \
     F("inception", time), F("key tag", u16), F_IF("signer", name, signer), \
     F("signature", base64))
SIGNATURE(sig_fields, EXPANDED);
SIGNATURE(rrsig_fields, LOWER);
FIELDS(key_fields, F_W("flags", u16, key_flags, DNS_FIELD_BITS),
    F_W("protocol", u8, key_protocols, 0), F_W("algorithm", u8, algorithms, 0),
    F_IF("key", base64, DNS_FIELD_EMPTY));
/* RFC 2163. */
FIELDS(px_fields, F("preference", u16), F_IF("RFC 822 domain", name, EXPANDED),
    F_IF("X.400 domain", name, EXPANDED));
/* RFC 1712. */
FIELDS(
    gpos_fields, F("longitude", string), F("latitude", string), F("altitude", string));
/* RFC 3596. */
FIELDS(aaaa_fields, F("address", ipv6));
/* RFC 1876. */
FIELDS(loc_fields, F("location", loc));
/* RFC 2535 s.5. */
FIELDS(nxt_fields, F_IF("next name", name, EXPANDED), F("types", old_types));
/* Nimrod (EID, NIMLOC). */
FIELDS(nimrod_fields, F("data", hex));
/* RFC 2782. */
FIELDS(srv_fields, F("priority", u16), F("weight", u16), F("port", u16),
    F_IF("target", name, EXPANDED));
/* ATM Forum, ATM Name System Specification. */
FIELDS(atma_fields, F("address", atma));
/* RFC 3403 s.4. */
FIELDS(naptr_fields, F("order", u16), F("preference", u16), F("flags", string),
    F("services", string), F("regexp", string), F_IF("replacement", name, EXPANDED));
/* RFC 2230; it is in RFC 4034 s.6.2 and not in RFC 3597 s.4. */
FIELDS(kx_fields, F("preference", u16), F_IF("exchanger", name, LOWER));
/* RFC 4398. */
FIELDS(cert_fields, F_W("type", u16, cert_types, DNS_FIELD_MNEMONIC), F("key tag", u16),
    F_W("algorithm", u8, algorithms, 0), F("certificate", base64));
/* RFC 2874. */
FIELDS(a6_fields, F_IF("prefix and suffix", a6, LOWER));
/* RFC 6672. */
FIELDS(dname_fields, F_IF("target", name, LOWER));
/* draft-eastlake-kitchen-sink. */
FIELDS(sink_fields, F("meaning", u8), F("coding", u8), F("subcoding", u8),
    F_IF("data", base64, DNS_FIELD_EMPTY));
/* RFC 3123. */
FIELDS(apl_fields, F("prefixes", apl));
/* RFC 4034 s.5; RFC 4431; RFC 7344. */
FIELDS(ds_fields, F("key tag", u16), F_W("algorithm", u8, algorithms, 0),
    F_W("digest type", u8, ds_digests, 0), F_W("digest", digest, ds_digests, 0));
/* RFC 4255. */
FIELDS(sshfp_fields, F("algorithm", u8), F("fingerprint type", u8),
    F_W("fingerprint", digest, sshfp_digests, 0));
/* RFC 4025. */
FIELDS(ipseckey_fields, F("precedence", u8), F("gateway type", u8), F("algorithm", u8),
    F("gateway", gateway), F_IF("public key", base64, DNS_FIELD_EMPTY));
/* RFC 4034 s.4, s.2. */
FIELDS(nsec_fields, F_IF("next name", name, PLAIN), F("types", types));
FIELDS(dnskey_fields, F_W("flags", u16, key_flags, DNS_FIELD_BITS),
    F_W("protocol", u8, key_protocols, 0), F_W("algorithm", u8, algorithms, 0),
    F("key", base64));
/* RFC 4701. */
FIELDS(dhcid_fields, F("data", base64));
/* RFC 5155 s.3, s.4. */
FIELDS(nsec3_fields, F("hash algorithm", u8), F("flags", u8), F("iterations", u16),
    F("salt", salt), F("next hash", hash), F_IF("types", types, DNS_FIELD_EMPTY));
FIELDS(nsec3param_fields, F("hash algorithm", u8), F("flags", u8), F("iterations", u16),
    F("salt", salt));
/* RFC 6698; RFC 8162. */
FIELDS(tlsa_fields, F_W("usage", u8, tlsa_usages, 0),
    F_W("selector", u8, tlsa_selectors, 0), F_W("matching type", u8, tlsa_matches, 0),
    F("certificate data", hex));
/* RFC 8005. */
FIELDS(hip_fields, F("host identity", hip), F("rendezvous servers", names));
/* draft-reid-dnsext-rkey; draft-wijngaards-dnsop-trust-history. */
FIELDS(rkey_fields, F("flags", u16), F("protocol", u8),
    F_W("algorithm", u8, algorithms, 0), F("key", base64));
FIELDS(talink_fields, F_IF("previous", name, PLAIN), F_IF("next", name, PLAIN));
/* RFC 7929. */
FIELDS(openpgpkey_fields, F("key", base64));
/* RFC 7477. */
FIELDS(csync_fields, F("serial", u32), F("flags", u16),
    F_IF("types", types, DNS_FIELD_EMPTY));
/* RFC 8976. */
FIELDS(zonemd_fields, F("serial", u32), F("scheme", u8), F("hash algorithm", u8),
    F_W("digest", digest, zonemd_digests, 0));
/* RFC 9460. */
FIELDS(svcb_fields, F("priority", u16), F_IF("target", name, PLAIN),
    F("parameters", svcb));
/* RFC 9859. */
FIELDS(dsync_fields, F("type", type),
    F_W("scheme", u8, dsync_schemes, DNS_FIELD_MNEMONIC), F("port", u16),
    F_IF("target", name, PLAIN));
/* RFC 9886: HHIT, BRID. */
FIELDS(drip_fields, F("data", base64));
/* RFC 6742. */
FIELDS(nid_fields, F("preference", u16), F("node identifier", id64));
FIELDS(l32_fields, F("preference", u16), F("locator", ipv4));
FIELDS(l64_fields, F("preference", u16), F("locator", id64));
FIELDS(lp_fields, F("preference", u16), F_IF("name", name, PLAIN));
/* RFC 7043. */
FIELDS(eui48_fields, F("address", eui48));
FIELDS(eui64_fields, F("address", eui64));
/* RFC 7553; RFC 8659. */
FIELDS(uri_fields, F("priority", u16), F("weight", u16), F("target", text));
FIELDS(caa_fields, F("flags", u8), F("tag", tag), F_IF("value", text, DNS_FIELD_EMPTY));
/* draft-durand-doa-over-dns. */
FIELDS(doa_fields, F("enterprise", u32), F("type", u32), F("location", u8),
    F("media type", string), F("data", data));
/* RFC 8777. */
FIELDS(amtrelay_fields, F("precedence", u8), F("relay", relay));
/* draft-johnson-dns-ipn-cla. */
FIELDS(ipn_fields, F("number", u64));

/* A row; T_NAME when there are names, T_LOWER when canonical form changes them. */
#define T(name, fields)             \
 {                                  \
  name, fields, false, false, false \
 }
#define T_NAME(name, fields)       \
 {                                 \
  name, fields, true, false, false \
 }
#define T_LOWER(name, fields)     \
 {                                \
  name, fields, true, true, false \
 }
#define T_EXPAND(name, fields)   \
 {                               \
  name, fields, true, true, true \
 }
#define OPAQUE(name)              \
 {                                \
  name, NULL, false, false, false \
 }

static const struct dns_type_row low[] = {
	[1] = T("A", a_fields),
	[2] = T_EXPAND("NS", host_fields),
	[3] = T_EXPAND("MD", host_fields),
	[4] = T_EXPAND("MF", host_fields),
	[5] = T_EXPAND("CNAME", host_fields),
	[6] = T_EXPAND("SOA", soa_fields),
	[7] = T_EXPAND("MB", host_fields),
	[8] = T_EXPAND("MG", host_fields),
	[9] = T_EXPAND("MR", host_fields),
	[10] = OPAQUE("NULL"),
	[11] = T("WKS", wks_fields),
	[12] = T_EXPAND("PTR", host_fields),
	[13] = T("HINFO", hinfo_fields),
	[14] = T_EXPAND("MINFO", minfo_fields),
	[15] = T_EXPAND("MX", mx_fields),
	[16] = T("TXT", txt_fields),
	[17] = T_EXPAND("RP", rp_fields),
	[18] = T_EXPAND("AFSDB", afsdb_fields),
	[19] = T("X25", x25_fields),
	[20] = T("ISDN", isdn_fields),
	[21] = T_EXPAND("RT", rt_fields),
	[22] = T("NSAP", nsap_fields),
	[23] = T_NAME("NSAP-PTR", nsap_ptr_fields),
	[24] = T_EXPAND("SIG", sig_fields),
	[25] = T("KEY", key_fields),
	[26] = T_EXPAND("PX", px_fields),
	[27] = T("GPOS", gpos_fields),
	[28] = T("AAAA", aaaa_fields),
	[29] = T("LOC", loc_fields),
	[30] = T_EXPAND("NXT", nxt_fields),
	[31] = T("EID", nimrod_fields),
	[32] = T("NIMLOC", nimrod_fields),
	[33] = T_EXPAND("SRV", srv_fields),
	[34] = T("ATMA", atma_fields),
	[35] = T_EXPAND("NAPTR", naptr_fields),
	[36] = T_LOWER("KX", kx_fields),
	[37] = T("CERT", cert_fields),
	[38] = T_LOWER("A6", a6_fields),
	[39] = T_LOWER("DNAME", dname_fields),
	[40] = T("SINK", sink_fields),
	[41] = OPAQUE("OPT"),
	[42] = T("APL", apl_fields),
	[43] = T("DS", ds_fields),
	[44] = T("SSHFP", sshfp_fields),
	[45] = T_NAME("IPSECKEY", ipseckey_fields),
	[46] = T_LOWER("RRSIG", rrsig_fields),
	[47] = T_NAME("NSEC", nsec_fields),
	[48] = T("DNSKEY", dnskey_fields),
	[49] = T("DHCID", dhcid_fields),
	[50] = T("NSEC3", nsec3_fields),
	[51] = T("NSEC3PARAM", nsec3param_fields),
	[52] = T("TLSA", tlsa_fields),
	[53] = T("SMIMEA", tlsa_fields),
	[55] = T_NAME("HIP", hip_fields),
	[56] = T("NINFO", txt_fields),
	[57] = T("RKEY", rkey_fields),
	[58] = T_NAME("TALINK", talink_fields),
	[59] = T("CDS", ds_fields),
	[60] = T("CDNSKEY", dnskey_fields),
	[61] = T("OPENPGPKEY", openpgpkey_fields),
	[62] = T("CSYNC", csync_fields),
	[63] = T("ZONEMD", zonemd_fields),
	[64] = T_NAME("SVCB", svcb_fields),
	[65] = T_NAME("HTTPS", svcb_fields),
	[66] = T_NAME("DSYNC", dsync_fields),
	[67] = T("HHIT", drip_fields),
	[68] = T("BRID", drip_fields),
	[99] = T("SPF", txt_fields),
	/* Reserved by IANA without a document: opaque. */
	[100] = OPAQUE("UINFO"),
	[101] = OPAQUE("UID"),
	[102] = OPAQUE("GID"),
	[103] = OPAQUE("UNSPEC"),
	[104] = T("NID", nid_fields),
	[105] = T("L32", l32_fields),
	[106] = T("L64", l64_fields),
	[107] = T_NAME("LP", lp_fields),
	[108] = T("EUI48", eui48_fields),
	[109] = T("EUI64", eui64_fields),
	[128] = OPAQUE("NXNAME"),
	[249] = OPAQUE("TKEY"),
	[250] = OPAQUE("TSIG"),
	[251] = OPAQUE("IXFR"),
	[252] = OPAQUE("AXFR"),
	[253] = OPAQUE("MAILB"),
	[254] = OPAQUE("MAILA"),
	[255] = OPAQUE("ANY"),
	[256] = T("URI", uri_fields),
	[257] = T("CAA", caa_fields),
	[258] = T("AVC", txt_fields),
	[259] = T("DOA", doa_fields),
	[260] = T_NAME("AMTRELAY", amtrelay_fields),
	[261] = T("RESINFO", txt_fields),
	[262] = T("WALLET", txt_fields),
	[263] = T("CLA", txt_fields),
	[264] = T("IPN", ipn_fields),
};

static const struct dns_type_row ta = T("TA", ds_fields);
static const struct dns_type_row dlv = T("DLV", ds_fields);

const struct dns_type_row *dns_type_row(uint16_t type)
{
	static const struct dns_type_row unknown = { .name = NULL };
	if (kt_likely(type < KT_COUNT(low)))
		return &low[type];
	if (type == 32768)
		return &ta;
	if (type == 32769)
		return &dlv;
	return &unknown;
}
