#include <boost/test/unit_test.hpp>

#include "src/sealed.hpp"
#include "world.hpp"

using namespace scripts::tests;

namespace {

std::string save(World& world, json::object more = {}, const std::string& who = "ada") {
    json::object script{{"name", "Update"}, {"interpreter", "sh"}, {"text", "echo \"$NAME\""}};
    for (auto& [name, value] : more)
        script[name] = value;
    return std::string(world.call("save", script, who).at("id").as_string());
}

std::size_t count(World& world, const std::string& who) {
    return world.call("list", {}, who).at("scripts").as_array().size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(library)

BOOST_AUTO_TEST_CASE(
    only_its_owner_and_administrators_change_a_script_and_only_its_runners_see_it) {
    World world;
    const auto id = save(world);
    BOOST_TEST(count(world, "ada") == 1U);
    BOOST_TEST(count(world, "bob") == 0U);
    BOOST_CHECK_EXCEPTION(world.call("get", {{"id", id}}, "bob"), Error,
                          hasCode(ErrorCode::NotFound));
    save(world, {{"id", id}, {"runners", json::array{"ugrp//ops"}}});
    BOOST_TEST(count(world, "bob") == 1U);
    BOOST_TEST(!world.call("get", {{"id", id}}, "bob").at("mayEdit").as_bool());
    BOOST_CHECK_EXCEPTION(save(world, {{"id", id}}, "bob"), Error, hasCode(ErrorCode::Forbidden));
    BOOST_CHECK_EXCEPTION(world.call("remove", {{"id", id}}, "bob"), Error,
                          hasCode(ErrorCode::NotFound));
    save(world, {{"id", id}, {"name", "Renamed"}}, "root");
    BOOST_TEST(world.call("get", {{"id", id}}).at("version").as_int64() == 3);
    BOOST_TEST(world.call("get", {{"id", id}, {"version", 1}}).at("name").as_string() == "Update");
    BOOST_CHECK_EXCEPTION(save(world, {{"id", id}, {"baseVersion", 2}}), Error,
                          hasCode(ErrorCode::Conflict));
}

BOOST_AUTO_TEST_CASE(parameters_are_checked_and_become_the_environment) {
    World world;
    world.ready("a");
    const json::array parameters{{{"name", "NAME"}, {"required", true}},
                                 {{"name", "COUNT"}, {"kind", "number"}, {"default", "3"}},
                                 {{"name", "MODE"},
                                  {"kind", "choice"},
                                  {"choices", json::array{"fast", "safe"}},
                                  {"default", "safe"}},
                                 {{"name", "TOKEN"}, {"kind", "secret"}}};
    const auto id = save(world, {{"parameters", parameters}});
    const auto run = [&](json::object values, json::object secrets = {}) {
        return world.call("run", {{"script", id},
                                  {"targets", on({"a"})},
                                  {"parameters", std::move(values)},
                                  {"secrets", std::move(secrets)}});
    };
    for (const auto& bad :
         {json::object{}, json::object{{"NAME", "x"}, {"COUNT", "many"}},
          json::object{{"NAME", "x"}, {"MODE", "odd"}}, json::object{{"NAME", "x"}, {"OTHER", "y"}},
          json::object{{"NAME", "x"}, {"TOKEN", "in the open"}}}) {
        BOOST_CHECK_EXCEPTION(run(bad), Error, hasCode(ErrorCode::InvalidArgument));
    }
    BOOST_CHECK_EXCEPTION(run({{"NAME", "x"}}, {{"TOKEN", "abc"}}), Error,
                          hasCode(ErrorCode::InvalidArgument));
    run({{"NAME", "$(reboot)"}}, {{"TOKEN", "hunter2"}});
    const auto message = world.host.deviceMessages().back().message;
    BOOST_TEST(message.at("text").as_string() == "echo \"$NAME\"");
    BOOST_TEST(message.at("env").at("NAME").as_string() == "$(reboot)");
    BOOST_TEST(message.at("env").at("COUNT").as_string() == "3");
    BOOST_TEST(message.at("env").at("MODE").as_string() == "safe");
    BOOST_TEST(message.at("env").at("TOKEN").as_string() == "hunter2");
}

BOOST_AUTO_TEST_CASE(names_that_programs_are_found_by_are_no_parameters) {
    World world;
    for (const auto* name : {"PATH", "ld_preload", "BASH_ENV", "1A", "A-B", "A B", "A=B"}) {
        BOOST_CHECK_EXCEPTION(save(world, {{"parameters", json::array{{{"name", name}}}}}), Error,
                              hasCode(ErrorCode::InvalidArgument));
        BOOST_CHECK_EXCEPTION(world.run({{"targets", on({"a"})}, {"parameters", {{name, "x"}}}}),
                              Error, hasCode(ErrorCode::InvalidArgument));
    }
    BOOST_CHECK_EXCEPTION(
        save(world, {{"parameters",
                      json::array{{{"name", "T"}, {"kind", "secret"}, {"default", "open"}}}}}),
        Error, hasCode(ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_CASE(secrets_are_sealed_and_open_only_where_they_belong) {
    const scripts::Sealer sealer(scripts::Sealer::fromHex(scripts::Sealer::newKeyHex()));
    const auto sealed = sealer.seal({{"TOKEN", "hunter2"}}, "job-1");
    BOOST_TEST(sealed.find("hunter") == std::string::npos);
    BOOST_TEST(sealer.open(sealed, "job-1").at("TOKEN") == "hunter2");
    BOOST_CHECK_THROW(sealer.open(sealed, "job-2"), Error);
    BOOST_CHECK_THROW(scripts::Sealer(scripts::Sealer::fromHex(scripts::Sealer::newKeyHex()))
                          .open(sealed, "job-1"),
                      Error);
}

BOOST_AUTO_TEST_SUITE_END()
