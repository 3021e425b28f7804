// What user managers do beyond single accounts: batches, notices, logins, pictures, realms.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

const std::string kPng = "data:image/png;base64," + store::base64("\x89PNG\r\n\x1a\nrest");

struct AdminFixture : CommandFixture {
    Control boss = signIn("admin");

    /// A user manager who is bound to the realm "north".
    Control northManager() {
        account("north", model::site::kManageUsers);
        setRealms("user//north", {"north"});
        return signIn("north");
    }
    void setRealms(const std::string& id, std::vector<std::string> realms) {
        accounts.edit(id, [&](model::User& one) { one.realms = realms; }, nullptr);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_administration, AdminFixture)

BOOST_AUTO_TEST_CASE(a_batch_makes_new_accounts_and_skips_those_that_exist) {
    BOOST_TEST(resultOf(boss, {{"action", "adduserbatch"},
                               {"users", {{{"user", "Eve"}, {"pass", "secret horse"},
                                           {"email", "Eve@example.com"}, {"emailVerified", true},
                                           {"realname", "Eve E"}, {"resetNextLogin", true}},
                                          {{"user", "owner"}, {"pass", "secret horse"}}}}}) == "ok");
    const auto eve = directory->user("user//eve");
    BOOST_TEST(eve->email == "eve@example.com");
    BOOST_TEST(eve->isEmailVerified);
    BOOST_TEST(eve->realName == "Eve E");
    BOOST_TEST(eve->passwordChangedS == -1);
    signIn("owner"); // with the old password
    BOOST_TEST(json::serialize(audit.all().back().arguments).find("horse") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_batch_with_one_wrong_entry_makes_nothing) {
    const auto batch = [&](json::value second) {
        return resultOf(boss, {{"action", "adduserbatch"},
                               {"users", {{{"user", "eve"}, {"pass", "secret horse"}},
                                          std::move(second)}}});
    };
    BOOST_TEST(batch({{"user", "a b"}, {"pass", "secret horse"}}) == "Invalid username");
    BOOST_TEST(batch({{"user", "bob"}, {"pass", ""}}) == "Invalid password");
    BOOST_TEST(batch({{"user", "bob"}, {"pass", "x"}}) == "Invalid password");
    BOOST_TEST(batch({{"user", "bob"}, {"pass", "secret horse"}, {"email", "x"}}) ==
               "Invalid email");
    BOOST_TEST(batch({{"user", "bob"}}) == "Invalid password");
    BOOST_TEST(batch("bob") == "Invalid users");
    BOOST_TEST(resultOf(control, {{"action", "adduserbatch"},
                                  {"users", {{{"user", "eve"}, {"pass", "secret horse"}}}}}) ==
               "Access denied");
    BOOST_TEST(!directory->user("user//eve"));
}

BOOST_AUTO_TEST_CASE(who_is_bound_to_a_realm_sees_and_changes_it_alone) {
    setRealms(owner->id, {"north"});
    auto as = northManager();
    const auto seen = json::serialize(as.ask({{"action", "users"}}).at("users"));
    BOOST_TEST(seen.find("user//owner") != std::string::npos);
    BOOST_TEST(seen.find("user//stranger") == std::string::npos);
    const auto counts = as.ask({{"action", "wssessioncount"}}).at("wssessions").as_object();
    BOOST_TEST(counts.contains("user//owner"));
    BOOST_TEST(!counts.contains("user//admin"));
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "stranger"}, {"realname", "x"}}) ==
               "Permission denied");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "owner"}, {"realname", "x"}}) ==
               "ok");
    // Nobody frees himself, or draws others in.
    for (const auto* id : {"north", "owner"})
        BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", id},
                                 {"groups", json::array()}}) == "Permission denied");
    BOOST_TEST(directory->user("user//north")->realms.size() == 1u);
    BOOST_TEST(text(as.ask({{"action", "previousLogins"}, {"userid", "user//stranger"},
                            {"responseid", "r"}}), "result") == "Access denied");
    BOOST_TEST(resultOf(as, {{"action", "notifyuser"}, {"userid", "user//stranger"},
                             {"msg", "x"}}) == "Permission denied");
    resultOf(boss, {{"action", "edituser"}, {"userid", "stranger"}, {"realname", "y"}});
    resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"realname", "z"}});
    // Of what the administrator did, the first that is seen is about the realm's own user; his own
    // change of that user may be told before or after its answer.
    auto seenChange = as.awaitEvent("accountchange");
    while (text(seenChange, "userid") != admin->id) seenChange = as.awaitEvent("accountchange");
    BOOST_TEST(text(seenChange.at("account").as_object(), "_id") == owner->id);
}

BOOST_AUTO_TEST_CASE(realms_are_set_in_lower_case_and_removed_by_none) {
    resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"groups", {"South", "north"}}});
    BOOST_TEST(directory->user(owner->id)->realms == (std::vector<std::string>{"north", "south"}));
    resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"groups", json::array()}});
    BOOST_TEST(directory->user(owner->id)->realms.empty());
}

BOOST_AUTO_TEST_CASE(a_user_manager_does_not_give_himself_back_what_was_taken) {
    account("manager", model::site::kManageUsers);
    accounts.edit("user//manager", [](model::User& one) { one.removeRights = 8; }, nullptr);
    auto as = signIn("manager");
    BOOST_TEST(resultOf(as, {{"action", "edituser"}, {"userid", "manager"}, {"removeRights", 0}}) ==
               "Permission denied");
    BOOST_TEST(directory->user("user//manager")->removeRights == 8u);
}

BOOST_AUTO_TEST_CASE(edituser_keeps_what_is_absent) {
    resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"quota", 100}, {"flags", 2},
                    {"msghandle", "ntfy:x"}, {"phone", "+41 44 123 45 67"}});
    resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"realname", "x"}});
    const auto now = directory->user(owner->id);
    BOOST_TEST(now->extra.at("quota") == 100);
    BOOST_TEST(now->extra.at("msghandle") == "ntfy:x");
    BOOST_TEST(now->phone == "+41 44 123 45 67");
    BOOST_TEST(now->flags == 2u);
    resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"msghandle", ""}, {"phone", ""}});
    BOOST_TEST(!directory->user(owner->id)->extra.contains("msghandle"));
    BOOST_TEST(directory->user(owner->id)->phone == "");
    BOOST_TEST(resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"phone", "call me"}}) ==
               "Invalid phone number");
}

BOOST_AUTO_TEST_CASE(a_lock_cuts_the_user_off_at_once) {
    BOOST_TEST(resultOf(boss, {{"action", "edituser"}, {"userid", "owner"}, {"siteadmin", 32}}) ==
               "ok");
    BOOST_TEST(control.socket().waitForClose() == 1000);
}

BOOST_AUTO_TEST_CASE(a_broadcast_reaches_all_or_one_or_those_with_a_link) {
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(boss, {{"action", "userbroadcast"}, {"msg", "hi"}, {"maxtime", 5}}) == "ok");
    const auto shown = other.await("msg");
    BOOST_TEST(text(shown, "type") == "notify");
    BOOST_TEST(text(shown, "tag") == "broadcast");
    BOOST_TEST(text(shown, "value") == "hi");
    BOOST_TEST(text(shown, "title") == "admin");
    BOOST_TEST(shown.at("icon") == 0);
    BOOST_TEST(shown.at("maxtime") == 5);
    control.await("msg");
    const auto hears = [](Control& one) {
        one.send({{"action", "ping"}});
        for (bool isTold = false;;) {
            const auto message = parse(one.socket().receiveText());
            isTold = isTold || text(message, "action") == "msg";
            if (text(message, "action") == "pong") return isTold;
        }
    };
    resultOf(boss, {{"action", "userbroadcast"}, {"msg", "hi"}, {"userid", "Owner"}});
    BOOST_TEST(hears(control));
    BOOST_TEST(!hears(other));
    resultOf(boss, {{"action", "userbroadcast"}, {"msg", "hi"}, {"target", group->id}});
    BOOST_TEST(hears(control));
    BOOST_TEST(!hears(other));
    BOOST_TEST(resultOf(boss, {{"action", "userbroadcast"}, {"msg", std::string(513, 'x')}}) ==
               "Message is too long");
    BOOST_TEST(resultOf(control, {{"action", "userbroadcast"}, {"msg", "hi"}}) ==
               "Permission denied");
    control.send({{"action", "userbroadcast"}, {"msg", "hi"}});
    control.ask({{"action", "meshes"}});
    BOOST_TEST(!hears(other));
}

BOOST_AUTO_TEST_CASE(a_notice_is_for_one_user_and_opens_no_strange_links) {
    const auto notify = [&](Control& as, const char* url) {
        return resultOf(as, {{"action", "notifyuser"}, {"userid", owner->id}, {"msg", "hi"},
                             {"url", url}});
    };
    BOOST_TEST(notify(boss, "javascript:alert(1)") == "Invalid url");
    BOOST_TEST(notify(boss, "//evil.example") == "Invalid url");
    BOOST_TEST(notify(boss, "/help") == "ok");
    const auto shown = control.await("msg");
    BOOST_TEST(shown.at("icon") == 8);
    BOOST_TEST(text(shown, "userid") == admin->id);
    BOOST_TEST(text(shown, "url") == "/help");
    auto other = signIn("stranger");
    BOOST_TEST(notify(other, "/help") == "Permission denied");
}

BOOST_AUTO_TEST_CASE(logins_are_listed_to_their_user_and_to_managers) {
    logins.login({.userName = "owner", .secret = kPassword, .address = "10.0.0.1"}); // the form's door
    connect("/control.ashx", {{"x-meshauth", meshAuth("owner", "wrong")}}).socket().waitForClose();
    const auto own = control.ask({{"action", "previousLogins"}});
    const auto& list = own.at("events").as_array();
    BOOST_REQUIRE(list.size() == 2u);
    BOOST_TEST(list.at(0).at("m") == 110);
    BOOST_TEST(list.at(1).at("m") == 107);
    BOOST_TEST(text(list.at(1).as_object(), "t").size() == 24u);
    BOOST_TEST(list.at(1).at("a").as_array().size() == 3u);
    const auto answer = boss.ask({{"action", "previousLogins"}, {"userid", owner->id}});
    BOOST_TEST(answer.at("events").as_array().size() == 2u);
    BOOST_TEST(text(answer, "userid") == owner->id);
    BOOST_TEST(resultOf(control, {{"action", "previousLogins"}, {"userid", admin->id}}) ==
               "Access denied");
}

BOOST_AUTO_TEST_CASE(a_picture_is_served_to_whom_it_concerns_alone) {
    BOOST_TEST(resultOf(control, {{"action", "updateUserImage"}, {"image", kPng}}) == "ok");
    BOOST_TEST(directory->user(owner->id)->flags == 1u);
    BOOST_TEST(boss.awaitEvent("accountchange").at("accountImageChange") == 1);
    const auto own = get("/userimage.ashx", browser("owner").headers());
    BOOST_TEST(own.status == 200);
    BOOST_TEST(own.header("Content-Type") == "image/png");
    BOOST_TEST(own.body == "\x89PNG\r\n\x1a\nrest");
    BOOST_TEST(get("/userimage.ashx?id=owner", browser("admin").headers()).status == 200);
    account("files", model::site::kFileAccess); // any site right is not enough
    for (const auto* name : {"stranger", "files"})
        BOOST_TEST(get("/userimage.ashx?id=owner", browser(name).headers()).status == 404);
    BOOST_TEST(get("/userimage.ashx?id=nobody", browser("admin").headers()).status == 404);
    BOOST_TEST(get("/userimage.ashx?id=owner").status == 401);
    BOOST_TEST(resultOf(control, {{"action", "updateUserImage"}, {"image", 0}}) == "ok");
    BOOST_TEST(get("/userimage.ashx", browser("owner").headers()).status == 404);
    BOOST_TEST(directory->user(owner->id)->flags == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_picture_is_refused) {
    const auto set = [&](Control& as, json::value image, const std::string& userId) {
        json::object message{{"action", "updateUserImage"}, {"image", std::move(image)}};
        if (!userId.empty()) message["userid"] = userId;
        return resultOf(as, std::move(message));
    };
    BOOST_TEST(set(control, "data:image/svg+xml;base64,PHN2Zz4=", "") == "Invalid image");
    BOOST_TEST(set(control, "data:image/png;base64,PHN2Zz4=", "") == "Invalid image");
    BOOST_TEST(set(control, json::value(kPng + std::string(600'000, 'A')), "") == "Invalid image");
    BOOST_TEST(set(control, 1, "") == "Invalid image");
    BOOST_TEST(set(control, json::value(kPng), admin->id) == "Access denied");
    account("manager", model::site::kManageUsers);
    auto manager = signIn("manager");
    BOOST_TEST(set(manager, json::value(kPng), admin->id) == "Access denied"); // above himself
    BOOST_TEST(set(manager, json::value(kPng), owner->id) == "ok");
    const auto token = tokens.create(owner->id, "script", 0);
    auto scripted = signIn(token.token.tokenUser, token.secret);
    BOOST_TEST(set(scripted, 0, "") == "Access denied");
    BOOST_TEST(directory->user(owner->id)->flags == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
