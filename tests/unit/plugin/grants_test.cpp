// What a plugin may ask for beyond its own corner.
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/error.hpp>

#include "core/plugin/grants.hpp"
#include "core/plugin/host_impl.hpp"

using namespace trellis;

namespace {

/// Storage that would hand out everything.
struct OpenStorage final : plugin::Storage {
    void run(const std::function<void(Poco::Data::Session&)>&) override {}
    void migrate(const std::string&, const std::vector<sdk::Migration>&) override {}
    std::optional<std::string> secret(const std::string&, const std::string&) override { return {}; }
    void storeSecret(const std::string&, const std::string&, const std::string&) override {}
    std::optional<sdk::Factor> factor(const std::string&, const std::string&) override {
        return sdk::Factor{"secret", true, 1};
    }
    void changeFactor(const std::string&, const std::string&,
                      const std::function<void(sdk::Factor&)>&, int) override {
        ++changes;
    }
    int changes = 0;
};

const auto isForbidden = [](const sdk::Error& error) {
    return error.code() == sdk::ErrorCode::Forbidden;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(grants)

BOOST_AUTO_TEST_CASE(factors_are_named_in_full) {
    BOOST_TEST(plugin::grantProblem("account:factors") == "");
    BOOST_TEST(plugin::grantProblem("account:passwords") == "expected account:factors");
    BOOST_TEST(plugin::grantProblem("account") == "expected account:factors");
}

BOOST_AUTO_TEST_CASE(factors_are_kept_from_plugins_without_the_grant) {
    OpenStorage storage;
    plugin::Ports ports;
    ports.storage = &storage;
    plugin::HostImpl::Context context;
    context.ports = &ports;
    plugin::Guard::Settings settings;
    settings.id = "curious";
    context.guard = std::make_shared<plugin::Guard>(std::move(settings));
    plugin::HostImpl curious(context);
    BOOST_CHECK_EXCEPTION(curious.factor("user//a", "otpsecret"), sdk::Error, isForbidden);
    BOOST_CHECK_EXCEPTION(curious.changeFactor("user//a", "otpsecret", {}, 0), sdk::Error, isForbidden);
    BOOST_TEST(storage.changes == 0);
    context.mayUseFactors = true;
    plugin::HostImpl trusted(context);
    BOOST_TEST(trusted.factor("user//a", "otpsecret")->secret == "secret");
}

BOOST_AUTO_TEST_SUITE_END()
