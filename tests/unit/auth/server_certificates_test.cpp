#include "../store/quiet_log.hpp"
#include "../store/support.hpp"

#include <boost/test/unit_test.hpp>

#include "core/auth/certificate_files.hpp"
#include "core/auth/server_certificates.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/text.hpp>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace trellis;
using namespace trellis::auth;
using test::QuietLog;
namespace fs = std::filesystem;

namespace {

/// A folder with a complete set, copied from one made once for all tests.
struct Fixture {
    Fixture() {
        static const test::TempFolder original;
        static const auto made = ServerCertificates::open(
            {original.path(), "server.example", KeyStrength::Rsa2048}, quiet());
        fs::copy(original.path(), folder, fs::copy_options::recursive);
    }
    static QuietLog& quiet() {
        static QuietLog log;
        return log;
    }
    std::shared_ptr<ServerCertificates> open(const std::string& name = "server.example") {
        return ServerCertificates::open({folder, name, KeyStrength::Rsa2048}, log);
    }
    test::TempFolder place;
    const fs::path& folder = place.path();
    QuietLog log;
};

bool namesFile(const sdk::Error& error, const std::string& file) {
    return std::string(error.what()).find(file) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(server_certificates)

BOOST_FIXTURE_TEST_CASE(files_and_folder_are_for_their_owner_alone, Fixture) {
    open();
    struct stat facts{};
    BOOST_REQUIRE(::stat(folder.c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 0777) == 0700U);
    for (const auto& entry : fs::directory_iterator(folder)) {
        ::stat(entry.path().c_str(), &facts);
        BOOST_TEST_CONTEXT(entry.path()) { BOOST_TEST((facts.st_mode & 0777) == 0600U); }
    }
}

BOOST_FIXTURE_TEST_CASE(set_has_the_names_usages_and_issuer_of_the_specification, Fixture) {
    const auto all = open();
    const auto root = CertificateFiles(folder, "root").load();
    const auto web = CertificateFiles(folder, "webserver").load();
    const auto agent = CertificateFiles(folder, "agentserver").load();
    const auto mps = CertificateFiles(folder, "mpsserver").load();
    BOOST_TEST(isIssuedBy(root.certificate.get(), root.certificate.get()));
    for (const auto* leaf : {&web, &agent, &mps}) {
        BOOST_TEST(isIssuedBy(leaf->certificate.get(), root.certificate.get()));
        BOOST_TEST(X509_check_ca(leaf->certificate.get()) == 0);
    }
    BOOST_TEST(X509_check_ca(root.certificate.get()) == 1);
    BOOST_TEST(commonName(web.certificate.get()) == "server.example");
    BOOST_TEST(commonName(agent.certificate.get()).size() == std::string("TrellisAgentServer-").size() + 6);
    BOOST_TEST(isFor(web.certificate.get(), "server.example"));
    BOOST_TEST(isFor(web.certificate.get(), "localhost"));
    BOOST_TEST(isFor(web.certificate.get(), "127.0.0.1"));
    BOOST_TEST(!isFor(web.certificate.get(), "other.example"));
    BOOST_TEST((X509_get_key_usage(web.certificate.get()) ==
                (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT)));
    BOOST_TEST((X509_get_key_usage(agent.certificate.get()) ==
                (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)));
    BOOST_TEST((X509_get_extended_key_usage(web.certificate.get()) == XKU_SSL_SERVER));
    BOOST_TEST(EVP_PKEY_get_bits(mps.key.get()) == 2048);
}

BOOST_AUTO_TEST_CASE(keys_have_3072_bits_unless_asked_otherwise) {
    const test::TempFolder place;
    const auto folder = place.path() / "made" / "below";
    QuietLog log;
    ServerCertificates::open({folder, "192.0.2.7", KeyStrength::Rsa3072}, log);
    for (const char* pair : {"root", "webserver", "agentserver"}) {
        BOOST_TEST(EVP_PKEY_get_bits(CertificateFiles(folder, pair).load().key.get()) == 3072);
    }
    BOOST_TEST(EVP_PKEY_get_bits(CertificateFiles(folder, "mpsserver").load().key.get()) == 2048);
    BOOST_TEST(isFor(CertificateFiles(folder, "webserver").load().certificate.get(), "192.0.2.7"));
}

BOOST_FIXTURE_TEST_CASE(second_start_changes_nothing, Fixture) {
    const auto first = open();
    const auto second = open();
    BOOST_TEST((first->serverId() == second->serverId()));
    BOOST_TEST((first->webHashes().full == second->webHashes().full));
    BOOST_TEST((first->serverId() ==
                wire::keyHash(CertificateFiles(folder, "agentserver").load().key.get())));
}

BOOST_FIXTURE_TEST_CASE(new_server_name_makes_web_anew_and_keeps_the_identity, Fixture) {
    const auto before = open();
    const auto after = open("new.example");
    BOOST_TEST((before->serverId() == after->serverId()));
    BOOST_TEST((before->agentServerDer() == after->agentServerDer()));
    BOOST_TEST((before->webHashes().full != after->webHashes().full));
    BOOST_TEST(commonName(CertificateFiles(folder, "mpsserver").load().certificate.get()) ==
               "new.example");
}

BOOST_FIXTURE_TEST_CASE(reload_keeps_old_web_hashes_acceptable, Fixture) {
    const auto all = open();
    const auto old = all->webHashes();
    BOOST_TEST(!all->reload("server.example"));
    BOOST_TEST(all->reload("renamed.example"));
    BOOST_TEST((all->webHashes().full != old.full));
    BOOST_TEST(all->isOurWebHash(old.full));
    BOOST_TEST(all->isOurWebHash(old.key));
    BOOST_TEST(all->isOurWebHash(all->webHashes().full));
    BOOST_TEST(!all->isOurWebHash(wire::sha384(wire::bytesOf("other"))));
}

BOOST_FIXTURE_TEST_CASE(web_certificate_of_the_admin_is_taken_and_never_replaced, Fixture) {
    wire::KeyPtr key(EVP_EC_gen("P-256"));
    auto foreign = makeRoot(makeRsaKey(2048));
    const auto all = open();
    CertificateFiles(folder, "webserver").store(makeWeb(std::move(key), foreign, "own.example"));
    BOOST_TEST(all->reload("server.example"));
    const auto own = CertificateFiles(folder, "webserver").load();
    BOOST_TEST(commonName(own.certificate.get()) == "own.example");
    // Section 2.5: for ECDSA the key hash is over the SubjectPublicKeyInfo.
    BOOST_TEST((all->webHashes().key == wire::keyHash(own.key.get())));
    BOOST_TEST((open("any.example")->webHashes().full == all->webHashes().full));
}

BOOST_FIXTURE_TEST_CASE(chain_files_follow_the_leaf, Fixture) {
    std::ofstream(folder / "webserver-cert-chain1.crt") << open()->rootPem();
    const auto pem = open()->web().chainPem;
    BOOST_TEST(pem.find("BEGIN CERTIFICATE") != pem.rfind("BEGIN CERTIFICATE"));
}

BOOST_FIXTURE_TEST_CASE(lost_agent_server_key_is_refused_and_not_made_anew, Fixture) {
    fs::remove(folder / "agentserver-cert-private.key");
    BOOST_CHECK_EXCEPTION(open(), sdk::Error,
                          [](const auto& e) { return namesFile(e, "agentserver-cert-private.key"); });
    fs::remove(folder / "agentserver-cert-public.crt");
    BOOST_CHECK_EXCEPTION(open(), sdk::Error,
                          [](const auto& e) { return namesFile(e, "agentserver-cert-private.key"); });
    BOOST_TEST(!fs::exists(folder / "agentserver-cert-private.key"));
}

BOOST_FIXTURE_TEST_CASE(removed_web_pair_is_made_anew, Fixture) {
    const auto old = open()->webHashes();
    fs::remove(folder / "webserver-cert-private.key");
    BOOST_CHECK_THROW(open(), sdk::Error); // half of it may be a mistake
    fs::remove(folder / "webserver-cert-public.crt");
    BOOST_TEST((open()->webHashes().full != old.full));
}

BOOST_FIXTURE_TEST_CASE(wrong_key_garbage_and_huge_files_are_named, Fixture) {
    const auto all = open();
    const auto before = all->webHashes();
    const auto expectRefusal = [&](const std::string& file) {
        BOOST_CHECK_EXCEPTION(all->reload("server.example"), sdk::Error,
                              [&](const auto& e) { return namesFile(e, file); });
        BOOST_TEST((all->webHashes().full == before.full));
    };
    const auto key = folder / "webserver-cert-private.key";
    fs::copy_file(folder / "mpsserver-cert-private.key", key, fs::copy_options::overwrite_existing);
    expectRefusal("webserver-cert-private.key");
    std::ofstream(key) << "garbage";
    expectRefusal("webserver-cert-private.key");
    std::ofstream(key) << std::string(70 * 1024, 'x');
    expectRefusal("webserver-cert-private.key");
    std::ofstream(folder / "webserver-cert-public.crt") << "";
    expectRefusal("webserver-cert-public.crt");
}

BOOST_FIXTURE_TEST_CASE(interrupted_first_start_begins_again, Fixture) {
    std::ofstream(folder / "unfinished") << "root\nagentserver\nwebserver\nmpsserver\n../evil\n";
    fs::remove(folder / "agentserver-cert-public.crt");
    const auto all = open();
    BOOST_TEST(fs::exists(folder / "agentserver-cert-public.crt"));
    BOOST_TEST(!fs::exists(folder / "unfinished"));
}

BOOST_FIXTURE_TEST_CASE(interrupted_replacement_ends_with_the_key_that_is_in_place, Fixture) {
    const auto root = CertificateFiles(folder, "root").load();
    const auto web = folder / "webserver-cert-public.crt";
    fs::rename(web, web.string() + ".new"); // the key had been renamed, the certificate not yet
    BOOST_TEST(bool(open()));
    BOOST_TEST(fs::exists(web));
    std::ofstream(folder / "webserver-cert-private.key.new") << "half";
    BOOST_TEST(bool(open()));
    BOOST_TEST(!fs::exists(folder / "webserver-cert-private.key.new"));
}

BOOST_FIXTURE_TEST_CASE(signature_is_the_agent_servers, Fixture) {
    const auto all = open();
    const auto hash = wire::sha384(wire::bytesOf("h"));
    const auto agent = wire::randomNonce();
    const auto server = wire::randomNonce();
    const auto certificate = wire::parseCertificate(all->agentServerDer());
    BOOST_TEST(wire::verifyHandshake(certificate.get(), all->signHandshake(hash, agent, server), hash,
                                     agent, server));
}

BOOST_AUTO_TEST_SUITE_END()
