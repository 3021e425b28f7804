#include "core/auth/common_passwords.hpp"

#include <algorithm>
#include <array>

namespace trellis::auth {

namespace {

// Only those with 8 characters or more, since shorter ones fall to the rule of length first; some
// shorter ones for admins who lower it.
constexpr std::array<std::string_view, 96> kCommon = {
    "00000000",     "0123456789", "11111111",   "111111111",     "1111111111", "112233",
    "11223344",     "12121212",   "12341234",   "123123123",     "12345",      "123456",
    "1234567",      "12345678",   "123456789",  "1234567890",    "123456789a", "123456a",
    "123qwe123",    "147258369",  "159753",     "1q2w3e4r",      "1q2w3e4r5t", "1qaz2wsx",
    "22222222",     "55555555",   "66666666",   "77777777",      "87654321",   "88888888",
    "987654321",    "99999999",   "abc12345",   "abcd1234",      "abcdefgh",   "access14",
    "admin",        "admin123",   "admin1234",  "administrator", "adminadmin", "asdf1234",
    "asdfasdf",     "asdfghjkl",  "baseball",   "basketball",    "changeit",   "changeme",
    "computer",     "default",    "donald",     "dragon",        "family",     "football",
    "freedom",      "google",     "guest",      "hello123",      "iloveyou",   "internet",
    "iloveyou1",    "letmein",    "letmein123", "login123",      "manager",    "master123",
    "meshcentral",  "michael",    "monkey123",  "mypassword",    "p@ssw0rd",   "pa$$word",
    "passw0rd",     "password",   "password!",  "password1",     "password12", "password123",
    "password1234", "princess",   "q1w2e3r4",   "qazwsxedc",     "qwer1234",   "qwerty",
    "qwerty12",     "qwerty123",  "qwertyui",   "qwertyuiop",    "raspberry",  "root1234",
    "sunshine",     "superman",   "test1234",   "trellis",       "welcome1",   "zaq12wsx",
};

} // namespace

bool isCommonPassword(std::string_view password) noexcept {
    return std::find(kCommon.begin(), kCommon.end(), password) != kCommon.end();
}

} // namespace trellis::auth
