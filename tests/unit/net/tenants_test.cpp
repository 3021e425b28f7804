#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "core/net/tenants.hpp"

using namespace trellis::net;

namespace {

struct Seen {
    std::string tenant, prefix, path;
    std::vector<std::string> segments;
};

Seen resolved(const Tenants& tenants, std::vector<std::string> segments, std::string host = "srv") {
    HttpRequest request;
    request.headers.add("Host", std::move(host));
    for (const auto& each : segments)
        request.path += "/" + each;
    request.segments = std::move(segments);
    tenants.resolve(request);
    return {request.tenant, request.prefix, request.path, request.segments};
}

using Segments = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(tenants)

BOOST_AUTO_TEST_CASE(first_part_of_the_path_names_a_tenant_and_is_taken_off) {
    Tenants all;
    all.addPath("acme");
    const auto found = resolved(all, {"acme", "api", "session"});
    BOOST_TEST(found.tenant == "acme");
    BOOST_TEST(found.prefix == "/acme");
    BOOST_TEST(found.path == "/api/session");
    BOOST_TEST((found.segments == Segments{"api", "session"}));
    for (const auto& page : {Segments{"acme"}, Segments{"acme", ""}}) {
        const auto root = resolved(all, page);
        BOOST_TEST(root.tenant == "acme");
        BOOST_TEST(root.path == "/");
        BOOST_TEST((root.segments == Segments{""}));
    }
}

BOOST_AUTO_TEST_CASE(everything_else_is_the_default_tenants) {
    Tenants all;
    all.addPath("acme");
    for (const auto& path : {Segments{""}, Segments{"acme2", "x"}, Segments{"ACME", "x"},
                             Segments{"x", "acme"}, Segments{"", "acme"}, Segments{"acme/x"}}) {
        const auto found = resolved(all, path);
        BOOST_TEST(found.tenant == "");
        BOOST_TEST(found.prefix == "");
        BOOST_TEST((found.segments == path));
    }
    BOOST_TEST(resolved(Tenants(), {"acme"}).tenant == "");
}

BOOST_AUTO_TEST_CASE(a_host_of_its_own_counts_first_and_has_no_prefix) {
    Tenants all;
    all.addPath("acme");
    all.addHost("gamma", "Gamma.example");
    for (const auto* host :
         {"gamma.example", "GAMMA.EXAMPLE:8443", "gamma.example.", "gamma.example.:1"}) {
        const auto found = resolved(all, {"acme", "x"}, host);
        BOOST_TEST(found.tenant == "gamma");
        BOOST_TEST(found.path == "/acme/x");
    }
    for (const auto* host : {"", "xgamma.example", "gamma.example.evil", "[::1]:8443", ":", "."})
        BOOST_TEST(resolved(all, {"gamma", "x"}, host).tenant == "");
}

BOOST_AUTO_TEST_SUITE_END()
