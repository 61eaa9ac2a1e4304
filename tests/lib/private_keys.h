/*
 * tests/lib/private_keys.h -- private keys for tests, made by openssl and by nobody used.
 */
#pragma once

static const char pem_p256[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdolJ4UW9o3xMjsA+\n"
    "3U283///bne5gg2Fxu2fhme1oJOhRANCAARgbGMKVg5+hfousz7k/k98OvEcIze3\n"
    "T/qVIMZr4B/uhSeMlLTzB/J7+NgSvRgLYLoqDRQnYJZqO8D+QUiLJJGZ\n"
    "-----END PRIVATE KEY-----\n";

static const char pem_ed25519[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIC3Y45jQxH8nTOo0BirfWvvX4iB1ofrxUV71yiCmEAxT\n"
    "-----END PRIVATE KEY-----\n";

static const char pem_p384[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCl6AQlZ7RdffJOqJXA\n"
    "mnM+o+gkyqHLDqYYGrmC5rsdKfa10j8HRhJ0mh+wK/aWYJGhZANiAAQ6/hQOBG2f\n"
    "RqHbl82hPyeoYYad23lXjZHhzuxz+QSdHvGDF2tDTRCF+ojMZV0sPzzc3BEJjxGM\n"
    "QClTfEgI8xDI3+52YdzQlR1bGNO2Wwp+tFtzVzEj5wDWdzNDTo+LtkU=\n"
    "-----END PRIVATE KEY-----\n";

static const char pem_encrypted[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgZ+2+/oRGGNwICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEB8hvgAe8AA43u9n/Hg6kdQEQKJM\n"
    "33z+6UWDf3P4MPO0XwKZdIBh5XE+ZJcNTSRq270gSi14kOrP/k5jC8JC9vLdMaFl\n"
    "1GrpRAa72e1EtH7XcAM=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

static const char pem_sec1[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIHaJSeFFvaN8TI7APt1NvN///253uYINhcbtn4ZntaCToAoGCCqGSM49\n"
    "AwEHoUQDQgAEYGxjClYOfoX6LrM+5P5PfDrxHCM3t0/6lSDGa+Af7oUnjJS08wfy\n"
    "e/jYEr0YC2C6Kg0UJ2CWajvA/kFIiySRmQ==\n"
    "-----END EC PRIVATE KEY-----\n";

static const char pem_explicit[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIBeQIBADCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAAB\n"
    "AAAAAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA\n"
    "///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMV\n"
    "AMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg\n"
    "9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8A\n"
    "AAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBBG0wawIBAQQggVPo1WW9O2SZ\n"
    "0mU1fqSzHTHzFnU+voljtGx5gExMEcqhRANCAAQ25er9HERmN/NYJ24YxU3xgtwm\n"
    "lyMqzkcs+dTMFunnoumPj/8pAz5YvSuBa9RAF8J0AbPM4T51jP6BUY4Z21HL\n"
    "-----END PRIVATE KEY-----\n";

static const char pem_x25519[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VuBCIEIODobizax5utz+28T04XukM0vAdHN78gC55xZI1Tg5dJ\n"
    "-----END PRIVATE KEY-----\n";
