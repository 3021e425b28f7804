#include "agent/base/file.hpp"
#include "agent/link/identity.hpp"
#include "test_tools.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/x509v3.h>
#include <sys/stat.h>

using namespace trellis::device;
using agentd_test::TempFolder;

BOOST_AUTO_TEST_SUITE(agent_database)

BOOST_AUTO_TEST_CASE(values_outlive_the_object) {
    const TempFolder folder;
    const std::string binary("a\0\n\xFF b", 6);
    { Database(folder.path("db")).put("key", binary); }
    Database again(folder.path("db"));
    BOOST_TEST((again.get("key") == binary));
    again.remove("key");
    BOOST_TEST(!Database(folder.path("db")).get("key").has_value());
}

BOOST_AUTO_TEST_CASE(the_file_is_the_owners_alone) {
    const TempFolder folder;
    Database(folder.path("db")).put("key", "value");
    struct stat info {};
    BOOST_REQUIRE(::stat(folder.path("db").c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused_and_kept) {
    const TempFolder folder;
    for (const std::string content : {"", "not ours\n", "trellis-agent 1\nkey\n", "trellis-agent 1\nkey zz\n",
                                      "trellis-agent 1\nkey 00"}) {
        replaceFile(folder.path("db"), content, 0600);
        BOOST_CHECK_THROW(Database(folder.path("db")), std::runtime_error);
        BOOST_TEST(readFile(folder.path("db"), 1000).value_or("gone") == content);
    }
}

BOOST_AUTO_TEST_CASE(keys_that_would_break_the_file_are_refused) {
    const TempFolder folder;
    Database database(folder.path("db"));
    BOOST_CHECK_THROW(database.put("", "x"), std::invalid_argument);
    BOOST_CHECK_THROW(database.put("a b", "x"), std::invalid_argument);
    BOOST_CHECK_THROW(database.put("a\n", "x"), std::invalid_argument);
    BOOST_CHECK_THROW(database.put("a", std::string(300 * 1024, 'x')), std::invalid_argument);
    BOOST_TEST(database.all().empty());
}

BOOST_AUTO_TEST_CASE(a_value_that_can_not_be_stored_leaves_the_old_one) {
    const TempFolder folder;
    Database database(folder.path("no/such/folder/db"));
    BOOST_CHECK_THROW(database.put("key", "new"), std::system_error);
    BOOST_TEST(!database.get("key").has_value());
}

BOOST_AUTO_TEST_CASE(the_identity_stays_the_same_across_starts) {
    const TempFolder folder;
    Database database(folder.path("db"));
    const auto first = loadIdentity(database);
    Database again(folder.path("db"));
    const auto second = loadIdentity(again);
    BOOST_TEST((first.nodeId == second.nodeId));
    BOOST_TEST((first.certificate == second.certificate));
    const auto parsed = trellis::wire::parseAgentCertificate(first.certificate);
    BOOST_REQUIRE(parsed != nullptr);
    BOOST_TEST((trellis::wire::keyHash(parsed.get()) == first.nodeId));
    BOOST_TEST(X509_verify(parsed.get(), first.key.get()) == 1);
    BOOST_TEST(X509_check_ca(parsed.get()) == 1);
}

BOOST_AUTO_TEST_CASE(a_damaged_identity_is_not_replaced) {
    const TempFolder folder;
    Database database(folder.path("db"));
    database.put("IdentityKey", "rubbish");
    database.put("IdentityCertificate", "rubbish");
    BOOST_CHECK_THROW(loadIdentity(database), std::runtime_error);
    BOOST_TEST((database.get("IdentityKey") == std::string("rubbish")));
}

BOOST_AUTO_TEST_SUITE_END()
