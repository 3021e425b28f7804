#define BOOST_TEST_MODULE telemetry
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

using namespace trellis;

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(outside_text_cannot_forge_a_line) {
    const auto line = telemetry::formatLine("agent refused", {{"name", "a\nERROR fake: x=1"}});
    BOOST_TEST(line.find('\n') == std::string::npos);
    BOOST_TEST(line == "agent refused name=\"a\\x0aERROR fake: x=1\"");
}

BOOST_AUTO_TEST_CASE(plain_values_stay_plain_and_long_ones_are_cut) {
    BOOST_TEST(telemetry::formatLine("x", {{"n", 42}, {"ok", true}}) == "x n=42 ok=true");
    const auto line = telemetry::formatLine("x", {{"v", std::string(5000, 'a')}});
    BOOST_TEST(line.size() < 600u);
}

BOOST_AUTO_TEST_CASE(a_log_file_holds_what_was_written_before_it_was_closed) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("trellis-log-" + std::to_string(::getpid()) + ".log");
    telemetry::openLog({telemetry::LogLevel::Info, path.string()});
    telemetry::log("test").info("kept", {{"n", 1}});
    telemetry::log("test").debug("below the level");
    telemetry::closeLog();
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    std::filesystem::remove(path);
    BOOST_TEST(text.str().find("test: kept n=1") != std::string::npos);
    BOOST_TEST(text.str().find("below") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_on_standard_error_is_one_write) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_DIRECT) == 0); // what is written at once is read at once
    const int before = ::dup(STDERR_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    telemetry::openLog({telemetry::LogLevel::Info, ""});
    telemetry::log("test").info("kept");
    telemetry::closeLog();
    ::dup2(before, STDERR_FILENO);
    std::string first(4096, ' ');
    const auto size = ::read(ends[0], first.data(), first.size());
    for (const int each : {before, ends[0], ends[1]}) ::close(each);
    BOOST_REQUIRE(size > 0);
    first.resize(static_cast<std::size_t>(size));
    BOOST_TEST(first.find("test: kept") != std::string::npos);
    BOOST_TEST(first.back() == '\n');
}

BOOST_AUTO_TEST_CASE(unknown_level_names_what_was_expected) {
    BOOST_CHECK_EXCEPTION(telemetry::logLevelFromName("loud"), sdk::Error, [](const auto& e) {
        return std::string(e.what()).find("\"loud\"") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(text_shows_labels_help_and_type) {
    telemetry::Metrics metrics;
    metrics.counter("trellis_a_total", "As", "plugin=\"x\"").add(3);
    metrics.gauge("trellis_b", "Bs").set(1.5);
    metrics.gauge("trellis_c", "Cs", [] { return 7.0; });
    const auto text = metrics.text();
    BOOST_TEST(text.find("# TYPE trellis_a_total counter\ntrellis_a_total{plugin=\"x\"} 3\n") !=
               std::string::npos);
    BOOST_TEST(text.find("trellis_b 1.5\n") != std::string::npos);
    BOOST_TEST(text.find("trellis_c 7\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_keeps_its_type_and_alphabet) {
    telemetry::Metrics metrics;
    metrics.counter("trellis_a_total", "As");
    BOOST_CHECK_THROW(metrics.gauge("trellis_a_total", "As"), sdk::Error);
    BOOST_CHECK_THROW(metrics.counter("not a name", "x"), sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()
