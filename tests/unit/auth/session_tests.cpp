#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::auth;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

struct Fixture : test::AuthFixture {
    model::UserPtr joe = account("joe");
    model::UserPtr ann = account("ann");
    NewSession login(const model::UserPtr& user) {
        return sessions.create(user->id, "1.2.3.4", "Firefox/1");
    }
    std::unique_ptr<Sessions> afterRestart() {
        auto other = std::make_unique<Sessions>(*database, SessionOptions{}, time.clock());
        other->load();
        return other;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sessions_of_browsers, Fixture)

BOOST_AUTO_TEST_CASE(only_the_exact_secret_opens_one) {
    const auto made = login(joe);
    BOOST_TEST(made.secret.size() == 43U);
    auto changed = made.secret;
    changed[10] = changed[10] == 'A' ? 'B' : 'A';
    for (const std::string& wrong :
         {std::string(), changed, made.secret.substr(1), made.secret + "A", made.session.publicId,
          std::string(43, 'A'), std::string(1'000'000, 'A')})
        BOOST_TEST(!sessions.find(wrong).has_value());
    BOOST_TEST(sessions.find(made.secret)->userId == joe->id);
}

BOOST_AUTO_TEST_CASE(the_secret_is_not_in_the_database) {
    const auto made = login(joe);
    database->read([&](store::Session& in) {
        in.query("SELECT secret_hash, public_id, user_id, address, user_agent FROM sessions", {},
                 [&](const store::Row& row) {
                     for (std::size_t i = 0; i < row.size(); ++i)
                         BOOST_TEST(row.text(i).find(made.secret) == std::string::npos);
                 });
    });
}

BOOST_AUTO_TEST_CASE(an_idle_one_ends_and_a_used_one_ends_at_last) {
    const auto idle = login(joe);
    const auto busy = login(joe);
    const auto connected = login(joe);
    for (int i = 0; i < 27; ++i) {
        time.advance(hours(11));
        BOOST_TEST(sessions.find(busy.secret).has_value());
        sessions.used(connected.session.publicId);
        if (i > 0)
            BOOST_TEST(!sessions.find(idle.secret).has_value());
    }
    BOOST_TEST(sessions.find(connected.secret).has_value());
    time.advance(hours(14 * 24));
    BOOST_TEST(!sessions.find(busy.secret).has_value());
    sessions.used(connected.session.publicId); // does not bring it back
    BOOST_TEST(!sessions.find(connected.secret).has_value());
    BOOST_TEST(sessions.list(joe->id).empty());
}

BOOST_AUTO_TEST_CASE(they_survive_a_restart_unless_over) {
    const auto first = login(joe);
    const auto second = login(ann);
    time.advance(hours(11));
    sessions.find(first.secret);
    sessions.flush();
    time.advance(hours(2));
    const auto again = afterRestart();
    BOOST_TEST(again->find(first.secret).has_value());
    BOOST_TEST(!again->find(second.secret).has_value());
}

BOOST_AUTO_TEST_CASE(a_revoked_one_is_over_for_good_and_told) {
    std::vector<std::string> told;
    sessions.onRevoked([&](const Session& session) { told.push_back(session.publicId); });
    const auto first = login(joe);
    const auto second = login(joe);
    BOOST_TEST(!sessions.revoke(ann->id, first.session.publicId)); // not hers
    BOOST_TEST(!sessions.revoke(joe->id, first.secret));
    BOOST_TEST(sessions.revoke(joe->id, first.session.publicId));
    BOOST_TEST(!sessions.find(first.secret).has_value());
    BOOST_TEST(!afterRestart()->find(first.secret).has_value());
    BOOST_TEST(sessions.find(second.secret).has_value());
    BOOST_TEST((told == std::vector<std::string>{first.session.publicId}));
}

BOOST_FIXTURE_TEST_CASE(a_revoked_one_is_over_even_if_the_database_refuses, test::Hurried<Fixture>) {
    const auto made = login(joe);
    const auto other = test::openDatabase(folder);
    other->transaction([&](store::Session& out) {
        out.run("DELETE FROM side_documents");
        BOOST_CHECK_THROW(sessions.revoke(joe->id, made.session.publicId), sdk::Error);
    });
    BOOST_TEST(!sessions.find(made.secret).has_value());
}

BOOST_FIXTURE_TEST_CASE(one_that_cannot_be_saved_is_not_made, test::Hurried<Fixture>) {
    const auto other = test::openDatabase(folder);
    other->transaction([&](store::Session& out) {
        out.run("DELETE FROM side_documents");
        BOOST_CHECK_THROW(login(joe), sdk::Error);
    });
    BOOST_TEST(sessions.list(joe->id).empty());
    BOOST_CHECK_THROW(sessions.create("user//nobody", "", ""), sdk::Error);
}

BOOST_AUTO_TEST_CASE(each_user_has_a_bounded_number) {
    const auto first = login(joe);
    const auto others = login(ann);
    for (int i = 0; i < 50; ++i) {
        time.advance(minutes(1));
        login(joe);
    }
    BOOST_TEST(sessions.list(joe->id).size() == 50U);
    BOOST_TEST(!sessions.find(first.secret).has_value());
    BOOST_TEST(sessions.find(others.secret).has_value());
}

BOOST_AUTO_TEST_CASE(a_new_password_cuts_the_others) {
    const auto own = login(joe);
    const auto stolen = login(joe);
    accounts.setPassword(joe->id, "battery staple", joe, own.session.publicId);
    BOOST_TEST(sessions.find(own.secret).has_value());
    BOOST_TEST(!sessions.find(stolen.secret).has_value());
}

BOOST_AUTO_TEST_CASE(locking_and_removing_cut_all) {
    const auto first = login(joe);
    accounts.lock(joe->id, true, nullptr);
    BOOST_TEST(!sessions.find(first.secret).has_value());
    const auto second = login(ann);
    accounts.remove(ann->id, nullptr);
    BOOST_TEST(!sessions.find(second.secret).has_value());
    BOOST_TEST(!afterRestart()->find(second.secret).has_value());
}

BOOST_AUTO_TEST_CASE(the_cookie_is_host_bound_and_unreadable_for_scripts) {
    BOOST_TEST(sessionCookie("S") == "__Host-trellis=S; Path=/; Secure; HttpOnly; SameSite=Lax");
    BOOST_TEST(clearedSessionCookie().find("Max-Age=0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_planted_or_damaged_cookie_is_none) {
    const std::string secret(43, 'x');
    const std::string good = "__Host-trellis=" + secret;
    for (const std::string& bad :
         {std::string(), std::string("x"), std::string("__Host-trellis"),
          std::string("__Host-trellis="), good + "x", good + "; " + good,
          good + ";__Host-trellis=" + std::string(43, 'y'), "__host-trellis=" + secret,
          "x__Host-trellis=" + secret, "a=__Host-trellis=" + secret,
          "__Host-trellis=" + std::string(42, 'x') + "=", "__Host-trellis=\"" + secret + "\"",
          std::string(100'000, ';')})
        BOOST_TEST(!secretFromCookies(bad).has_value(), bad.substr(0, 80));
    BOOST_TEST(*secretFromCookies(good) == secret);
    BOOST_TEST(*secretFromCookies("a=b;  " + good + " ;c=d") == secret);
}

BOOST_AUTO_TEST_CASE(a_csrf_token_belongs_to_one_session) {
    const auto first = login(joe).secret;
    const auto second = login(joe).secret;
    BOOST_TEST(isCsrfToken(first, csrfToken(first)));
    BOOST_TEST(!isCsrfToken(second, csrfToken(first)));
    BOOST_TEST(!isCsrfToken(first, ""));
    BOOST_TEST(!isCsrfToken(first, csrfToken(first) + "x"));
    BOOST_TEST(csrfToken(first).find(first) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
