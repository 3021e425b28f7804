// What a taken-over server is like once it runs on the records.
#include "fixture.hpp"

#include "../auth/meshcentral_hash.hpp"

#include "core/auth/factors.hpp"
#include "core/auth/login_service.hpp"
#include "core/auth/rights.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/model/power_log.hpp"
#include "core/model/side_documents.hpp"
#include "core/model/wire_documents.hpp"
#include "core/store/random.hpp"
#include "core/takeover/people.hpp"

#include <boost/json/serialize.hpp>

using namespace trellis;
using auth::LoginResult;
using sdk::ErrorCode;
using test::kMesh;
using test::kNode;
using test::kUgrp;

namespace {

const std::string kPassword =
    std::string(R"(,"salt":")") + test::kSalt + R"(","hash":")" + test::kHash + "\"";

/// The new server's parts, as core/app builds them.
struct Server {
    explicit Server(store::Database& database, const std::filesystem::path& data)
        : database_(database), settings(database, store::SecretBox::fromFile(data / "secret.key")),
          directory(database) {
        directory.load();
        sessions.load();
    }
    store::Database& database_;
    store::Settings settings;
    model::Directory directory;
    model::EventLog events{database_};
    auth::Sessions sessions{database_};
    auth::LoginTokens tokens{database_};
    auth::Throttle throttle{{}};
    auth::AccountService accounts{directory, events, sessions, tokens};
    auth::Factors factors{database_, settings.box(), directory, accounts};
    auth::LoginService logins{directory, events, throttle, tokens};
    auth::RightsDecider rights{directory};

    LoginResult login(const std::string& name, const std::string& password) {
        auth::LoginAttempt attempt;
        attempt.userName = name;
        attempt.secret = password;
        attempt.address = "192.0.2.1";
        return logins.login(attempt).result;
    }
};

struct Taken : test::MeshFolder {
    std::unique_ptr<store::Database> database;
    std::unique_ptr<Server> server;
    boost::json::object report;

    Server& take() {
        auto read = source();
        database = test::openDatabase(data);
        takeover::load(read, *database, data.path());
        report = read.report().toJson();
        server = std::make_unique<Server>(*database, data.path());
        return *server;
    }
    std::string said() const { return boost::json::serialize(report); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(takeover_records)

BOOST_FIXTURE_TEST_CASE(an_account_signs_in_with_its_old_password_which_is_then_kept_better,
                        Taken) {
    user("ada", kPassword +
                    R"(,"email":"Ada@Example.org","emailVerified":true,"siteadmin":4294967295,)"
                    R"("realname":"Ada L","creation":1600000000,"consent":8,"phone":"+1 2")");
    auto& now = take();
    const auto stored = [&] { return now.directory.user("user//ada"); };
    BOOST_REQUIRE(stored());
    BOOST_TEST(stored()->email == "ada@example.org");
    BOOST_TEST(stored()->isEmailVerified);
    BOOST_TEST(stored()->isFullAdmin());
    BOOST_TEST(stored()->realName == "Ada L");
    BOOST_TEST(stored()->createdS == 1600000000);
    BOOST_TEST(stored()->consent == 8U);
    BOOST_TEST((now.login("ada", "another") == LoginResult::WrongSecret));
    BOOST_TEST((now.login("ADA", test::kOld) == LoginResult::Granted));
    BOOST_TEST(stored()->passwordHash.starts_with("$argon2id$"));
}

BOOST_FIXTURE_TEST_CASE(a_shown_name_that_is_not_the_login_name_becomes_the_real_name, Taken) {
    document(R"({"type":"user","_id":"user//ada","name":"Ada Lovelace","domain":""})");
    auto& now = take();
    BOOST_TEST(now.directory.user("user//ada")->name == "ada");
    BOOST_TEST(now.directory.user("user//ada")->realName == "Ada Lovelace");
}

BOOST_FIXTURE_TEST_CASE(rights_are_those_of_the_old_server, Taken) {
    group();
    device();
    user("ada", R"(,"links":{")" + kMesh + R"(":{"rights":4294967295}})");
    user(
        "b.ob",
        R"(,"links":{")" + kMesh +
            R"(":{"rights":8,"notify":6},"ugrp//S3NpkInuG1vDyh9kzDTFsyvN37tFBnkW%24xkWrRQer@pgJehmzn56Hqg3Vs6EJz8X":{"rights":1}})");
    document(R"({"type":"ugrp","_id":")" + kUgrp +
             R"(","name":"Helpers","domain":"","links":{"user//b%2Eob":{"rights":1},")" + kNode +
             R"(":{"rights":131072}}})");
    user("stranger");
    auto& now = take();
    BOOST_TEST(now.rights.rightsOf("user//ada", kNode).bits == 0xFFFFFFFFU);
    BOOST_TEST(now.rights.rightsOf("user//b.ob", kNode).bits == (8U | 131072U));
    BOOST_TEST(now.rights.rightsOf("user//b.ob", kMesh).bits == 8U);
    BOOST_TEST(!now.rights.rightsOf("user//stranger", kNode).isVisible);
    BOOST_TEST(now.directory.user("user//b.ob")->extra.at("notify").at(kMesh).as_int64() == 6);
    BOOST_TEST(now.directory.userGroup(kUgrp)->users.contains("user//b.ob"));
}

BOOST_FIXTURE_TEST_CASE(a_link_that_only_the_group_remembers_gives_no_right, Taken) {
    group(R"(,"links":{"user//ada":{"rights":4294967295}})");
    user("ada");
    auto& now = take();
    BOOST_TEST(!now.rights.rightsOf("user//ada", kMesh).isVisible);
}

BOOST_FIXTURE_TEST_CASE(groups_and_devices_keep_their_ids_and_members, Taken) {
    group(
        R"(,"flags":2,"consent":9,"expireDevs":30,"invite":{"codes":["abc","zz"],"flags":0,"ag":1},)"
        R"("amt":{"type":2,"password":"secret"})");
    device(
        R"(,"rname":"VM","osdesc":"Debian","desc":"dd","tags":["a","b"],"ip":"192.0.2.7",)"
        R"("agent":{"ver":1,"id":6,"caps":30,"core":"x","root":true},"firstconnect":1700000000000,)"
        R"("intelamt":{"state":2,"ver":"16","pass":"secret"},"rdp":{"user//ada":{"p":"secret"}})");
    document(R"({"_id":"lc)" + kNode +
             R"(","type":"lastconnect","domain":"","time":1700000001000,"addr":"192.0.2.7:5"})");
    document(R"({"_id":"if)" + kNode +
             R"(","type":"ifinfo","domain":"","updateTime":1700000002000,"netif2":{"lo":[]}})");
    document(R"({"_id":"si)" + kNode +
             R"(","type":"sysinfo","domain":"","time":3,"hash":"h","hardware":{"linux":{}}})");
    document(R"({"_id":"nt)" + kNode + R"(","type":"note","value":"mind\u0000 the gap"})");
    auto& now = take();
    const auto group = now.directory.group(kMesh);
    BOOST_REQUIRE(group);
    BOOST_TEST(group->consent == 9U);
    BOOST_TEST(boost::json::serialize(group->extra.at("invite")) ==
               R"({"codes":["abc","zz"],"flags":0,"ag":1})");
    const auto device = now.directory.device(kNode);
    BOOST_REQUIRE(device);
    BOOST_TEST(device->groupId == kMesh);
    BOOST_TEST(device->icon == 4U);
    BOOST_TEST(device->tags.size() == 2U);
    BOOST_TEST(device->agent.id == 6U);
    BOOST_TEST(device->createdMs == 1700000000000);
    BOOST_TEST(device->lastConnectMs == 1700000001000);
    const model::SideDocuments sides(*database);
    BOOST_TEST(sides.get(kNode, model::SideKind::Network)->text == R"({"netif2":{"lo":[]}})");
    BOOST_TEST(sides.get(kNode, model::SideKind::Hardware)->hash == "h");
    BOOST_TEST(sides.get(kNode, model::SideKind::Note)->text == "mind the gap");
    const auto shown = boost::json::serialize(model::deviceDocument(*device, now.directory)) +
                       boost::json::serialize(model::groupDocument(*group, now.directory));
    BOOST_TEST(shown.find("secret") == std::string::npos);
    BOOST_TEST(said().find("saved sign-in of a device") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_deleted_group_stays_hidden_for_agents_that_come_back, Taken) {
    group(R"(,"deleted":{"$$date":1700000000000})");
    auto& now = take();
    BOOST_TEST(!now.directory.group(kMesh));
    BOOST_TEST(now.directory.hiddenGroup(kMesh)->deletedMs == 1700000000000);
}

BOOST_FIXTURE_TEST_CASE(a_second_factor_is_never_lost, Taken) {
    user("ada",
         kPassword + R"(,"otpsecret":"ABCDEFGHIJKLMNOP","otpkeys":{"keys":[{"p":1,"u":true}]})");
    user("bob", kPassword + R"(,"otphkeys":[{"name":"key","type":3}])");
    user("eve", kPassword + R"(,"otpkeys":{"keys":[{"p":1,"u":false}]})");
    auto& now = take();
    BOOST_TEST((now.login("ada", test::kOld) == LoginResult::SecondFactorUnavailable));
    BOOST_TEST((now.login("bob", test::kOld) == LoginResult::SecondFactorUnavailable));
    BOOST_TEST((now.login("eve", test::kOld) == LoginResult::Granted));
    BOOST_TEST(now.factors.get("user//ada", "otpsecret")->secret == "ABCDEFGHIJKLMNOP");
    BOOST_TEST(now.factors.get("user//ada", "otpkeys")->secret == R"([{"p":1,"u":true}])");
    const auto shown = model::userDocument(*now.directory.user("user//ada"));
    BOOST_TEST(shown.at("otpsecret").as_int64() == 1);
    BOOST_TEST(shown.at("otpkeys").as_int64() == 1);
    BOOST_TEST(model::userDocument(*now.directory.user("user//eve")).at("otpkeys").as_int64() == 0);
    BOOST_TEST(model::userDocument(*now.directory.user("user//bob")).at("otphkeys").as_int64() ==
               1);
    BOOST_TEST(boost::json::serialize(shown).find("ABCDEFGH") == std::string::npos);
    BOOST_TEST(now.factors.clear("user//ada", nullptr) == 2U);
    BOOST_TEST((now.login("ada", test::kOld) == LoginResult::Granted));
}

BOOST_FIXTURE_TEST_CASE(factors_of_services_are_asked_for_if_the_old_server_had_them, Taken) {
    user("ada", kPassword + R"(,"email":"a@b.c","emailVerified":true,"otpekey":{})");
    {
        auto& now = take();
        BOOST_TEST(
            (now.login("ada", test::kOld) == LoginResult::Granted)); // no mail server: never asked
    }
    const takeover::FactorPolicy mail{.mail = true};
    const auto taken = takeover::takeUser({{"_id", "user//ada"},
                                           {"name", "ada"},
                                           {"email", "a@b.c"},
                                           {"emailVerified", true},
                                           {"otpekey", boost::json::object()}},
                                          mail);
    BOOST_TEST(taken.user.demandsFactor());
}

BOOST_FIXTURE_TEST_CASE(passwords_in_old_forms_are_not_kept_as_they_are, Taken) {
    user("plain", R"(,"passtype":0,"hash":"in the clear 1")");
    user("sha", R"(,"passtype":1,"salt":"AAAA","hash":"AAAA")");
    auto& now = take();
    BOOST_TEST(now.directory.user("user//plain")->passwordHash.starts_with("$argon2id$"));
    BOOST_TEST((now.login("plain", "in the clear 1") == LoginResult::Granted));
    BOOST_TEST(now.directory.user("user//sha")->passwordHash.empty());
    BOOST_TEST(said().find("too old: set a new one") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(login_tokens_go_on_and_are_then_kept_as_ours, Taken) {
    user("ada", kPassword + R"(,"otpsecret":"ABCDEFGHIJKLMNOP")");
    document(
        R"({"_id":"logintoken-~t:EZko3J6w8Y8iglSL","type":"logintoken","userid":"user//ada","name":"t",)"
        R"("tokenUser":"~t:EZko3J6w8Y8iglSL","domain":"","created":1,"expire":0)" +
        kPassword + "}");
    auto& now = take();
    BOOST_TEST((now.login("~t:EZko3J6w8Y8iglSL", "wrong") == LoginResult::WrongSecret));
    BOOST_TEST((now.login("~t:EZko3J6w8Y8iglSL", test::kOld) == LoginResult::Granted));
    std::string stored;
    database->read([&](store::Session& in) {
        in.query("SELECT secret_hash FROM login_tokens", {},
                 [&](const store::Row& row) { stored = row.text(0); });
    });
    BOOST_TEST(stored == store::sha256Hex(test::kOld));
    BOOST_TEST((now.login("~t:EZko3J6w8Y8iglSL", test::kOld) == LoginResult::Granted));
}

BOOST_FIXTURE_TEST_CASE(the_login_key_of_scripts_stays, Taken) {
    const std::string key(160, 'a');
    document(R"({"_id":"LoginCookieEncryptionKey","key":")" + key + R"(","time":1})");
    auto& now = take();
    BOOST_TEST(auth::UrlTokens(now.settings).loginKeyHex() == key);
}

BOOST_FIXTURE_TEST_CASE(events_and_power_states_are_there, Taken) {
    group();
    device();
    user("ada");
    event(
        R"({"_id":"1","etype":"user","action":"login","msgid":107,"userid":"user//ada","username":"ada","msg":"in","domain":"","time":{"$$date":1700000000000},"ids":["*","user//ada"]})");
    event(R"({"_id":"2","action":"x","domain":"other","time":{"$$date":1700000000000},"ids":[]})");
    event(
        R"({"_id":"3","action":"accountchange","domain":"","time":{"$$date":1700000000001},"ids":[],"account":{"oldpasswords":[{"hash":"leak"}],"otpsecret":1}})");
    append("meshcentral-power.db",
           R"({"_id":"p","time":{"$$date":1700000000000},"nodeid":")" + kNode + R"(","power":1})");
    append("meshcentral-power.db",
           R"({"_id":"q","time":{"$$date":1700000000000},"nodeid":"*","power":0,"s":2})");
    auto& now = take();
    const auto found = now.events.query({});
    BOOST_REQUIRE_EQUAL(found.size(), 2U);
    BOOST_TEST(found[1].timeMs == 1700000000000);
    BOOST_TEST(found[1].extra.at("msgid").as_int64() == 107);
    BOOST_TEST(boost::json::serialize(found[0].extra).find("leak") == std::string::npos);
    model::EventFilter own;
    own.targets = {"user//ada"};
    BOOST_TEST(now.events.query(own).size() == 1U);
    BOOST_TEST(model::PowerLog(now.directory).of(kNode).size() == 1U);
    BOOST_TEST(report.at("left").at("event").as_array().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_is_left_is_told_with_its_place, Taken) {
    device(); // no such group
    document(R"({"type":"user","_id":"user//~oidc:1","name":"sso","domain":""})");
    document(R"({"type":"user","_id":"user/other/x","name":"x","domain":"other"})");
    document(R"({"type":"deviceshare","_id":"deviceshare-1"})");
    user("ada", R"(,"links":{")" + kMesh + R"(":{"rights":8}})");
    take();
    for (const char* part : {"its device group is gone", "line 2", "single sign-on", "line 3",
                             "another domain", "guest links end", "what it is for is gone"})
        BOOST_TEST(said().find(part) != std::string::npos, part);
}

BOOST_FIXTURE_TEST_CASE(a_server_with_records_is_not_mixed, Taken) {
    user("ada");
    take();
    auto again = source();
    BOOST_CHECK_EXCEPTION(takeover::load(again, *database, data.path()), sdk::Error,
                          test::is(ErrorCode::Conflict, "already"));
    BOOST_TEST(!takeover::isEmpty(*database));
    BOOST_TEST(std::filesystem::exists(data.path() / "certs/agentserver-cert-private.key"));
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_fails_leaves_everything_as_it_was, Taken) {
    user("ada");
    auto read = source();
    database = test::openDatabase(data);
    BOOST_TEST(takeover::isEmpty(*database));
    std::ofstream(data.path() / "certs.new") << "in the way";
    std::filesystem::create_directory(data.path() / "certs");
    std::ofstream(data.path() / "certs/own") << "x";
    std::filesystem::remove(folder.path() / "root-cert-private.key"); // gone while it was read
    BOOST_CHECK_THROW(takeover::load(read, *database, data.path()), sdk::Error);
    BOOST_TEST(takeover::isEmpty(*database));
    BOOST_TEST(std::filesystem::exists(data.path() / "certs/own"));
}

BOOST_FIXTURE_TEST_CASE(the_identity_that_agents_trust_is_kept, Taken) {
    std::filesystem::create_directory(data.path() / "certs");
    std::ofstream(data.path() / "certs/own") << "x";
    take();
    const auto old = auth::CertificateFiles(folder.path(), "agentserver").load();
    const auto kept = auth::CertificateFiles(data.path() / "certs", "agentserver").load();
    BOOST_TEST((wire::keyHash(old.key.get()) == wire::keyHash(kept.key.get())));
    BOOST_TEST(auth::CertificateFiles(data.path() / "certs", "webserver").load().chainPem ==
               auth::CertificateFiles(folder.path(), "webserver").load().chainPem);
    BOOST_TEST(std::filesystem::exists(data.path() / "certs.before-import-1/own"));
    const auto mode = std::filesystem::status(data.path() / "certs/agentserver-cert-private.key");
    BOOST_TEST((mode.permissions() ==
                (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
}

BOOST_AUTO_TEST_SUITE_END()
