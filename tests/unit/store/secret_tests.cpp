#include "support.hpp"

#include "core/store/instance_lock.hpp"
#include "core/store/random.hpp"
#include "core/store/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace trellis;
using sdk::Error;
using sdk::ErrorCode;
using test::is;

namespace {

struct Fixture {
    test::TempFolder folder;
    std::filesystem::path keyPath = store::secretKeyPath(folder.path());
    store::SecretBox box = store::SecretBox::fromFile(keyPath);
};

struct SettingsFixture : Fixture {
    std::unique_ptr<store::Database> database = test::openDatabase(folder);
    store::Settings settings{*database, box};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(secret_box, Fixture)

BOOST_AUTO_TEST_CASE(the_key_file_is_private_and_stays_the_same) {
    struct stat status {};
    BOOST_REQUIRE_EQUAL(::stat(keyPath.c_str(), &status), 0);
    BOOST_TEST((status.st_mode & 0777) == 0600U);
    const auto again = store::SecretBox::fromFile(keyPath);
    BOOST_TEST(again.open(box.seal("text", "c"), "c") == "text");
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused) {
    ::chmod(keyPath.c_str(), 0640);
    BOOST_CHECK_EXCEPTION(store::SecretBox::fromFile(keyPath), Error,
                          is(ErrorCode::Conflict, "chmod 600"));
}

BOOST_AUTO_TEST_CASE(a_damaged_key_is_refused_and_not_replaced) {
    std::ofstream(keyPath) << "0123\n";
    BOOST_CHECK_EXCEPTION(store::SecretBox::fromFile(keyPath), Error,
                          is(ErrorCode::Conflict, "damaged"));
    BOOST_TEST(std::filesystem::file_size(keyPath) == 5U);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_said) {
    BOOST_CHECK_EXCEPTION(store::SecretBox::fromFile(folder.path() / "no" / "key"), Error,
                          is(ErrorCode::Unavailable));
}

BOOST_AUTO_TEST_CASE(every_changed_bit_is_noticed) {
    const auto sealed = box.seal("secret", "name");
    const auto bytes = *store::fromBase64(sealed.substr(3));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto broken = bytes;
        broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
        BOOST_CHECK_THROW(box.open("v1:" + store::base64(broken), "name"), Error);
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        BOOST_CHECK_THROW(box.open(sealed.substr(0, size), "name"), Error);
}

BOOST_AUTO_TEST_CASE(a_value_opens_only_in_its_place_and_with_its_key) {
    const auto sealed = box.seal("secret", "one");
    BOOST_CHECK_EXCEPTION(box.open(sealed, "two"), Error, is(ErrorCode::Conflict));
    const auto other = store::SecretBox::fromFile(folder.path() / "other.key");
    BOOST_CHECK_EXCEPTION(other.open(sealed, "one"), Error, is(ErrorCode::Conflict));
    BOOST_TEST(box.open(sealed, "one") == "secret");
    BOOST_TEST(box.seal("secret", "one") != sealed);
    BOOST_TEST(box.open(box.seal("", "one"), "one").empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(settings_table, SettingsFixture)

BOOST_AUTO_TEST_CASE(secrets_are_not_readable_in_the_file) {
    settings.setSecret("a.b", "very secret text");
    database.reset();
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string content((std::istreambuf_iterator<char>(file)), {});
        BOOST_TEST(content.find("very secret text") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(plain_and_secret_are_not_mixed_up) {
    settings.set("plain", "1");
    settings.setSecret("secret", "2");
    BOOST_CHECK_EXCEPTION(settings.get("secret"), Error, is(ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(settings.getSecret("plain"), Error, is(ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(settings.secretOrRandom("plain", 8), Error, is(ErrorCode::Conflict));
    BOOST_TEST(*settings.get("plain") == "1");
    BOOST_TEST(*settings.getSecret("secret") == "2");
}

BOOST_AUTO_TEST_CASE(a_secret_copied_to_another_key_does_not_open) {
    settings.setSecret("one", "1");
    database->transaction([](store::Session& session) {
        session.run("INSERT INTO settings SELECT 'two', is_secret, value FROM settings");
    });
    BOOST_CHECK_EXCEPTION(settings.getSecret("two"), Error, is(ErrorCode::Conflict));
}

BOOST_AUTO_TEST_CASE(odd_keys_and_sizes_are_refused) {
    BOOST_CHECK_EXCEPTION(settings.set("", "x"), Error, is(ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(settings.set(std::string(129, 'k'), "x"), Error,
                          is(ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(settings.set("k", std::string(1024 * 1024 + 1, 'x')), Error,
                          is(ErrorCode::InvalidArgument));
    BOOST_TEST(!settings.get("absent"));
    BOOST_TEST(!settings.remove("absent"));
}

BOOST_AUTO_TEST_CASE(a_random_secret_is_made_once) {
    const auto made = settings.secretOrRandom("k", 80);
    BOOST_TEST(made.size() == 80U);
    BOOST_TEST(settings.secretOrRandom("k", 80) == made);
    const store::Settings second(*database, box);
    BOOST_TEST(*second.getSecret("k") == made);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(small_things)

BOOST_AUTO_TEST_CASE(base64_is_read_strictly) {
    for (const char* bad : {"A", "AA", "AAA", "AA=A", "A===", "AAAA=", "AA==AAAA",
                            "AB==", "AAB=", "A A=", "AA-_", "AAAA\n"})
        BOOST_TEST(!store::fromBase64(bad), bad);
    BOOST_TEST(store::fromBase64("")->empty());
    BOOST_TEST(*store::fromBase64("Zm9vYg==") == "foob");
    BOOST_TEST(*store::fromBase64Url("Zm9vYg") == "foob");
    BOOST_TEST(!store::fromBase64Url("Zm9vYg=="));
    BOOST_TEST(!store::fromBase64Url("Zm9vYh"));
    for (std::size_t size = 0; size < 40; ++size) {
        const auto bytes = store::randomBytes(size);
        BOOST_TEST(*store::fromBase64(store::base64(bytes)) == bytes);
        BOOST_TEST(*store::fromBase64Url(store::base64Url(bytes)) == bytes);
        BOOST_TEST(*store::fromHex(store::hex(bytes)) == bytes);
    }
    BOOST_TEST(!store::fromHex("0"));
    BOOST_TEST(!store::fromHex("0g"));
}

BOOST_AUTO_TEST_CASE(hmac_is_that_of_rfc_4231) {
    // Test case 2
    BOOST_TEST(store::hex(store::hmacSha256("Jefe", "what do ya want for nothing?")) ==
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

BOOST_AUTO_TEST_CASE(only_one_server_holds_a_folder) {
    const test::TempFolder folder;
    {
        const auto first = store::InstanceLock::tryTake(folder.path());
        BOOST_TEST(first.has_value());
        BOOST_TEST(!store::InstanceLock::tryTake(folder.path()).has_value());
    }
    BOOST_TEST(store::InstanceLock::tryTake(folder.path()).has_value());
    BOOST_CHECK_EXCEPTION(store::InstanceLock::tryTake(folder.path() / "no"), Error,
                          is(ErrorCode::Unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
