#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

#include "core/net/static_files.hpp"
#include "tests/unit/net/server.hpp"

using namespace trellis;
using namespace trellis::net;
using namespace trellis::net::testing;
namespace fs = std::filesystem;

namespace {

struct Site : Server {
    Site()
        : folder(fs::temp_directory_path() /
                 ("trellis-unit-net-site-" + std::to_string(::getpid()))) {
        fs::create_directories(folder / "www/assets");
        put("www/index.html", "<p>hello</p>");
        put("www/app.js", "plain");
        put("www/app.js.gz", "gzipped");
        put("www/app.js.br", "brotli");
        put("www/assets/main-1a2b3c4d.css", "css");
        put("www/large.bin", std::string(1'000'000, 'L'));
        put("secret", "secret");
        fs::create_symlink("../secret", folder / "www/link");
        files = std::make_unique<StaticFiles>((folder / "www").string());
        routeSimple(onLoop("GET", "/{rest...}"), [this](const HttpRequest& request) {
            return files->serve(request, request.params.get("rest"));
        });
    }
    ~Site() {
        loops.stop();
        fs::remove_all(folder);
    }
    void put(const std::string& name, const std::string& content) const {
        std::ofstream(folder / name, std::ios::binary) << content;
    }
    test::HttpReply get(const std::string& path, test::Fields fields = {}) {
        return test::request(client(), {"GET", path, std::move(fields)});
    }
    fs::path folder;
    std::unique_ptr<StaticFiles> files;
};

} // namespace

BOOST_AUTO_TEST_SUITE(static_files)

BOOST_AUTO_TEST_CASE(files_have_type_tag_and_length) {
    Site site;
    const auto reply = site.get("/index.html");
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.body == "<p>hello</p>");
    BOOST_TEST(reply.header("Content-Type") == "text/html; charset=utf-8");
    BOOST_TEST(reply.header("Cache-Control") == "no-cache");
    BOOST_TEST(reply.header("ETag").size() == 34u);
    BOOST_TEST(site.get("/nothing").status == 404);
    BOOST_TEST(site.get("/assets").status == 404);
    BOOST_TEST(site.get("/").status == 404);
    const auto head = test::request(site.client(), {"HEAD", "/large.bin"});
    BOOST_TEST(head.header("Content-Length") == "1000000");
}

BOOST_AUTO_TEST_CASE(a_known_tag_is_answered_304) {
    Site site;
    const auto tag = site.get("/index.html").header("ETag");
    const auto reply = site.get("/index.html", {{"If-None-Match", "\"x\", W/" + tag}});
    BOOST_TEST(reply.status == 304);
    BOOST_TEST(reply.header("ETag") == tag);
    BOOST_TEST(site.get("/index.html", {{"If-None-Match", "\"x\""}}).status == 200);
}

BOOST_AUTO_TEST_CASE(precompressed_variants_serve_who_accepts_them) {
    Site site;
    const auto body = [&](const char* accept) {
        return site.get("/app.js", {{"Accept-Encoding", accept}}).body;
    };
    BOOST_TEST(body("gzip, deflate, br") == "brotli");
    BOOST_TEST(body("gzip") == "gzipped");
    BOOST_TEST(body("br;q=0, gzip;q=0.5") == "gzipped");
    BOOST_TEST(body("br;q=0.000, gzip;q=0") == "plain");
    BOOST_TEST(body("identity") == "plain");
    const auto reply = site.get("/app.js", {{"Accept-Encoding", "br"}});
    BOOST_TEST(reply.header("Content-Encoding") == "br");
    BOOST_TEST(reply.header("Content-Type") == "text/javascript; charset=utf-8");
    BOOST_TEST(reply.header("Vary") == "Accept-Encoding");
    BOOST_TEST(reply.header("ETag") != site.get("/app.js").header("ETag"));
}

BOOST_AUTO_TEST_CASE(names_with_a_hash_are_cached_for_good) {
    Site site;
    BOOST_TEST(site.get("/assets/main-1a2b3c4d.css").header("Cache-Control") ==
               "public, max-age=31536000, immutable");
}

BOOST_AUTO_TEST_CASE(no_path_leads_out) {
    Site site;
    for (const auto* path : {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret",
                             "/link", "//etc/passwd", "/%2fetc/passwd",
                             "/assets%2f..%2f..%2fsecret", "/index.html%00", "/.../secret"}) {
        const auto reply = site.get(path);
        BOOST_TEST((reply.status == 404 || reply.status == 400), path);
        BOOST_TEST(reply.body.find("secret") == std::string::npos, path);
    }
    HttpRequest direct;
    direct.method = "GET";
    for (const auto* path : {"../secret", "/etc/passwd", "assets/../../secret", "link", ""})
        BOOST_TEST(site.files->serve(direct, path).status == 404, path);
}

BOOST_AUTO_TEST_CASE(ranges_are_served_one_at_a_time) {
    Site site;
    const auto part = [&](const char* path, const char* range) {
        return site.get(path, {{"Range", range}});
    };
    BOOST_TEST(part("/index.html", "bytes=3-7").body == "hello");
    BOOST_TEST(part("/index.html", "bytes=3-7").header("Content-Range") == "bytes 3-7/12");
    BOOST_TEST(part("/index.html", "bytes=-4").body == "</p>");
    BOOST_TEST(part("/index.html", "bytes=8-").body == "</p>");
    BOOST_TEST(part("/large.bin", "bytes=999990-2000000").body == "LLLLLLLLLL");
    BOOST_TEST(part("/index.html", "bytes=12-").status == 416);
    BOOST_TEST(part("/index.html", "bytes=0-1,3-4").status == 200);
    BOOST_TEST(part("/index.html", "bytes=5-3").status == 200);
    BOOST_TEST(part("/index.html", "lines=1-2").status == 200);
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_noticed) {
    Site site;
    const auto before = site.get("/index.html");
    site.put("www/index.html", "changed content");
    BOOST_TEST(test::eventually([&] { return site.get("/index.html").body == "changed content"; }));
    BOOST_TEST(site.get("/index.html").header("ETag") != before.header("ETag"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_refused) {
    BOOST_CHECK_THROW(StaticFiles("/nonexistent/folder"), sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()
