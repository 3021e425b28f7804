// Another web certificate while the server runs.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/integration/session.hpp"

using namespace trellis::test;

namespace {

void replaceWebCertificate(const ServerProcess& server, const TestCertificate& with) {
    const auto base = server.data() + "/certs/webserver-cert-";
    BOOST_REQUIRE(std::filesystem::exists(base + "public.crt"));
    std::ofstream(base + "public.crt") << with.certificatePem;
    std::ofstream(base + "private.key") << with.keyPem;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certificates)

BOOST_AUTO_TEST_CASE(a_new_web_certificate_is_taken_without_dropping_a_connection) {
    Site site;
    const auto client = site.server.client();
    const auto identity = site.mint.make();
    const auto other = site.mint.make();
    const auto old = Stream(client).certificateDer();

    BOOST_TEST(AgentLink(client, other, site.settings).sawServerSignature);
    BOOST_TEST(!AgentLink(client, other, site.settings, old).sawServerSignature); // pinned
    auto control = site.control();
    AgentLink agent(client, identity, site.settings);

    replaceWebCertificate(site.server, makeCertificate("localhost", 2048));
    site.server.sendSignal(SIGHUP);
    BOOST_REQUIRE(eventually([&] { return Stream(client).certificateDer() != old; }));

    BOOST_TEST(!control.groups().empty());
    TunnelEnds ends(client, control, agent, identity.deviceId); // the open agent connection as well
    // An agent that pinned the old certificate sees another one and asks for the signature.
    BOOST_TEST(AgentLink(client, other, site.settings, old).sawServerSignature);
    const auto fresh = Stream(client).certificateDer();
    BOOST_TEST(!AgentLink(client, other, site.settings, fresh).sawServerSignature);
}

BOOST_AUTO_TEST_CASE(a_damaged_web_certificate_changes_nothing) {
    Site site;
    const auto client = site.server.client();
    const auto old = Stream(client).certificateDer();
    auto control = site.control();
    TestCertificate damaged = makeCertificate("localhost", 2048);
    damaged.keyPem = makeCertificate("localhost", 2048).keyPem; // another key's
    replaceWebCertificate(site.server, damaged);
    site.server.sendSignal(SIGHUP);
    BOOST_REQUIRE(eventually(
        [&] { return site.server.output().find("reload failed") != std::string::npos; }));
    BOOST_TEST((Stream(client).certificateDer() == old));
    BOOST_TEST(!control.groups().empty());
}

BOOST_AUTO_TEST_SUITE_END()
