#include <boost/test/unit_test.hpp>

#include <trellis/sdk/command.hpp>

using namespace trellis::sdk;

namespace {

struct Record final : Reply::Sink {
    void answered(json::value) override { ++answers; }
    void failed(const Error& error) override {
        ++failures;
        code = error.code();
    }
    int answers = 0;
    int failures = 0;
    ErrorCode code{};
};

struct Thrower final : Reply::Sink {
    void answered(json::value) override {}
    void failed(const Error&) override { throw std::runtime_error("the caller is gone"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reply)

BOOST_AUTO_TEST_CASE(the_first_answer_counts_whichever_copy_gives_it) {
    const auto record = std::make_shared<Record>();
    const Reply reply(record);
    const Reply copy = reply;
    copy.ok("first");
    reply.fail({ErrorCode::Conflict, "second"});
    reply.ok("third");
    BOOST_TEST(record->answers == 1);
    BOOST_TEST(record->failures == 0);
}

BOOST_AUTO_TEST_CASE(a_reply_that_nobody_gives_is_internal) {
    const auto record = std::make_shared<Record>();
    {
        const Reply reply(record);
        const Reply copy = reply;
    }
    BOOST_TEST(record->failures == 1);
    BOOST_TEST((record->code == ErrorCode::Internal));
}

BOOST_AUTO_TEST_CASE(a_reply_without_a_caller_takes_answers_and_does_nothing) {
    const Reply reply(nullptr);
    reply.ok("nobody hears");
    reply.fail({ErrorCode::Conflict, "nor this"});
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(forgetting_the_reply_never_throws_out_of_its_destructor) {
    { const Reply reply(std::make_shared<Thrower>()); }
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(integers)

BOOST_AUTO_TEST_CASE(a_size_is_an_integer_and_what_does_not_fit_64_bits_signed_is_out_of_range) {
    BOOST_TEST(Schema::integer().accepts(json::value(std::size_t{7})));
    std::vector<Problem> problems;
    BOOST_TEST(!Schema::integer().check(json::value(~std::uint64_t{0}), problems));
    BOOST_TEST((problems.at(0).kind == Problem::Kind::OutOfRange));
}

BOOST_AUTO_TEST_SUITE_END()
