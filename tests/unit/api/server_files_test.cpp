// Files on the server: what is kept, and what leads nowhere.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <trellis/wire/percent.hpp>

#include "core/api/files/file_store.hpp"
#include "lab_fixture.hpp"

using namespace trellis;
using namespace trellis::api;
using namespace trellis::test;

namespace {

struct FilesFixture : LabFixture {
    model::UserPtr keeper = account("keeper", model::site::kFileAccess);
    Control as = signIn("keeper");

    std::string operate(json::object extra) {
        json::object message{{"action", "fileoperation"}, {"path", {keeper->id}}};
        for (auto& member : extra) message[member.key()] = member.value();
        return resultOf(as, message);
    }
    Fields bearer() {
        const auto token = tokens.create(keeper->id, "t", 0);
        return {{"Authorization", "Bearer " + token.token.tokenUser + ":" + token.secret}};
    }
    static Fields typed(Fields headers) {
        headers.emplace_back("Content-Type", "multipart/form-data; boundary=b");
        return headers;
    }
    HttpReply upload(const std::string& link, const std::string& name, const std::string& content,
                     Fields headers) {
        return request(client(),
                       {"POST", "/uploadfile.ashx", typed(std::move(headers)),
                        "--b\r\nContent-Disposition: form-data; name=\"link\"\r\n\r\n" + link +
                            "\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" +
                            name + "\"\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n--b--\r\n"});
    }
    json::object own() {
        return as.ask({{"action", "files"}}).at("filetree").at("f").at(keeper->id).as_object();
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(file_names_are_safe_everywhere) {
    for (const auto* good : {"a", "report 1.pdf", "\xC3\xA4.txt", "console.log", "com10"})
        BOOST_TEST(isFileName(good), good);
    for (const auto* bad : {"", ".", "..", ".hidden", "a/b", "a\\b", "c:", "a*", "a?", "a\"", "<a>",
                            "a|b", "nul", "CON.txt", "com1", "LPT9.log", "con .txt", "a\nb",
                            "\xFF"})
        BOOST_TEST(!isFileName(bad), bad);
    BOOST_TEST(!isFileName(std::string("a\0b", 3)));
    BOOST_TEST(!isFileName(std::string(256, 'a')));
}

BOOST_FIXTURE_TEST_SUITE(server_files, FilesFixture)

BOOST_AUTO_TEST_CASE(a_file_goes_up_and_comes_down_over_http) {
    BOOST_TEST(operate({{"fileop", "createfolder"}, {"newfolder", "docs"}}) == "ok");
    const std::string content = std::string(300'000, 'x') + "\r\n--almost\r\n" + std::string(1, '\0');
    const auto reply = upload(keeper->id + "/docs", "big one.bin", content, bearer());
    BOOST_TEST(reply.status == 200, reply.body);
    BOOST_TEST(parse(reply.body).at("files").as_array().at(0).at("size") == content.size());
    const auto got = get("/downloadfile.ashx?link=" + wire::percentEncode(keeper->id + "/docs/big one.bin"),
                         bearer());
    BOOST_TEST(got.status == 200);
    BOOST_TEST((got.body == content));
    BOOST_TEST(got.header("Content-Disposition").find("filename*=UTF-8''big%20one.bin") !=
               std::string::npos);
    BOOST_TEST(got.header("X-Content-Type-Options") == "nosniff");
    bool isAudited = false;
    for (const auto& record : audit.all())
        isAudited = isAudited || (record.command == "serverfile.put" && record.result == "ok");
    BOOST_TEST(isAudited);
}

BOOST_AUTO_TEST_CASE(what_may_not_go_up_leaves_nothing) {
    BOOST_TEST(upload(keeper->id, "a.txt", "x", {}).status == 401);
    BOOST_TEST(upload(keeper->id, "../a.txt", "x", bearer()).status == 400);
    BOOST_TEST(upload("user//owner", "a.txt", "x", bearer()).status == 403);
    BOOST_TEST(upload(group->id, "a.txt", "x", bearer()).status == 403);
    BOOST_TEST(upload(keeper->id + "/nowhere", "a.txt", "x", bearer()).status == 404);
    BOOST_TEST(upload("nonsense", "a.txt", "x", bearer()).status == 400);
    // A page of another site has the cookie and not the token.
    const auto page = browser("keeper");
    BOOST_TEST(upload(keeper->id, "a.txt", "x", page.headers()).status == 403);
    auto withToken = page.headers();
    withToken.emplace_back("X-CSRF-Token", page.csrf);
    BOOST_TEST(upload(keeper->id, "b.txt", "x", withToken).status == 200);
    accounts.edit(keeper->id, [](model::User& user) { user.extra["quota"] = 10; }, nullptr);
    BOOST_TEST(upload(keeper->id, "c.txt", std::string(11, 'x'), bearer()).status == 503);
    auto cut = request(client(), {"POST", "/uploadfile.ashx", typed(bearer()),
                                  "--b\r\nContent-Disposition: form-data; name=\"files\"; "
                                  "filename=\"d.txt\"\r\n\r\nno end"});
    BOOST_TEST(cut.status == 400);
    const auto tree = own().at("f").as_object();
    BOOST_TEST(tree.size() == 1u);
    BOOST_TEST(tree.contains("b.txt"));
    BOOST_TEST(eventually([&] { // what came in goes with the request
        std::size_t left = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "files"))
            left += entry.path().filename().string().starts_with(".incoming") ? 1 : 0;
        return left == 0;
    }));
}

BOOST_AUTO_TEST_CASE(only_own_files_come_down) {
    BOOST_TEST(get("/downloadfile.ashx?link=user//owner/a.txt", bearer()).status == 403);
    BOOST_TEST(get("/downloadfile.ashx?link=user//keeper/..%2F..%2Fsecret.key", bearer()).status == 400);
    BOOST_TEST(get("/downloadfile.ashx?link=user//keeper/none.txt", bearer()).status == 404);
    BOOST_TEST(get("/downloadfile.ashx?link=user//keeper/none.txt").status == 401);
    account("plain");
    const auto plain = tokens.create("user//plain", "t", 0);
    BOOST_TEST(get("/downloadfile.ashx?link=user//plain/a",
                   {{"Authorization", "Bearer " + plain.token.tokenUser + ":" + plain.secret}})
                   .status == 403);
}

BOOST_AUTO_TEST_CASE(files_and_folders_are_made_read_copied_moved_and_removed) {
    BOOST_TEST(operate({{"fileop", "createfolder"}, {"newfolder", "docs"}}) == "ok");
    const json::array docs{keeper->id, "docs"};
    BOOST_TEST(operate({{"fileop", "set"}, {"path", docs}, {"file", "a.txt"}, {"data", "aGVsbG8="}}) == "ok");
    const auto read = as.ask({{"action", "fileoperation"}, {"fileop", "get"}, {"path", docs},
                              {"file", "a.txt"}});
    BOOST_TEST(read.at("data") == "aGVsbG8=");
    BOOST_TEST(operate({{"fileop", "copy"}, {"scpath", docs}, {"names", {"a.txt"}}}) == "ok");
    BOOST_TEST(operate({{"fileop", "rename"}, {"oldname", "a.txt"}, {"newname", "b.txt"}}) == "ok");
    const auto tree = own();
    BOOST_TEST(tree.at("maxbytes").is_null());
    BOOST_TEST(tree.at("f").at("b.txt").at("s") == 5);
    BOOST_TEST(tree.at("f").at("docs").at("f").at("a.txt").at("t") == 3);
    BOOST_TEST(operate({{"fileop", "delete"}, {"delfiles", {"docs"}}}) != "ok"); // not empty
    BOOST_TEST(operate({{"fileop", "move"}, {"path", docs}, {"scpath", {keeper->id}},
                        {"names", {"b.txt"}}}) == "ok");
    BOOST_TEST(operate({{"fileop", "delete"}, {"delfiles", {"docs"}}, {"rec", true}}) == "ok");
    BOOST_TEST(own().at("f").as_object().empty());
}

BOOST_AUTO_TEST_CASE(other_people_s_files_and_groups_need_the_right) {
    BOOST_TEST(resultOf({{"action", "files"}}) == "Access denied"); // no site right
    for (const auto& id : {owner->id, group->id, std::string("mesh//x"), std::string("../keeper")})
        BOOST_TEST(operate({{"fileop", "createfolder"}, {"path", {id}}, {"newfolder", "x"}}) ==
                   "Access denied", id);
    directory->setLink(keeper->id, group->id, sdk::device_right::kServerFiles);
    BOOST_TEST(operate({{"fileop", "createfolder"}, {"path", {group->id}}, {"newfolder", "x"}}) == "ok");
    BOOST_TEST(as.ask({{"action", "files"}}).at("filetree").at("f").as_object().contains(group->id));
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_an_area) {
    const auto outside = folder.path() / "outside";
    std::filesystem::create_directories(outside);
    std::ofstream(outside / "secret.txt") << "secret";
    operate({{"fileop", "createfolder"}, {"newfolder", "docs"}});
    const auto area = std::filesystem::directory_iterator(folder.path() / "files")->path();
    std::filesystem::create_symlink(outside, area / "link");
    std::filesystem::create_symlink(outside / "secret.txt", area / "file");
    BOOST_TEST(operate({{"fileop", "get"}, {"file", "file"}}) != "ok");
    BOOST_TEST(operate({{"fileop", "get"}, {"path", {keeper->id, "link"}}, {"file", "secret.txt"}}) ==
               "there is no link");
    BOOST_TEST(operate({{"fileop", "set"}, {"file", "file"}, {"data", "eA=="}}) != "ok");
    BOOST_TEST(operate({{"fileop", "delete"}, {"path", {keeper->id, "link"}},
                        {"delfiles", {"secret.txt"}}}) != "ok");
    for (const auto* name : {"..", ".", "a/b", "nul"}) {
        BOOST_TEST(operate({{"fileop", "createfolder"}, {"newfolder", name}}) == "Invalid file name");
        BOOST_TEST(operate({{"fileop", "delete"}, {"delfiles", {name}}, {"rec", true}}) != "ok");
        BOOST_TEST(operate({{"fileop", "createfolder"}, {"path", {keeper->id, name}},
                            {"newfolder", "x"}}) != "ok");
    }
    std::ifstream file(outside / "secret.txt");
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    BOOST_TEST(kept == "secret");
    BOOST_TEST(!own().at("f").as_object().contains("link"));
}

BOOST_AUTO_TEST_CASE(a_quota_holds_for_writing_and_copying) {
    directory->updateUser(keeper->id, [](model::User& user) { user.extra["quota"] = 10; });
    BOOST_TEST(operate({{"fileop", "set"}, {"file", "a"}, {"data", "aGVsbG8="}}) == "ok");
    BOOST_TEST(operate({{"fileop", "set"}, {"file", "a"}, {"data", "aGVsbG8gaGVsbG8="}}).starts_with("not enough room"));
    BOOST_TEST(operate({{"fileop", "createfolder"}, {"newfolder", "d"}}) == "ok");
    const json::array below{keeper->id, "d"};
    BOOST_TEST(operate({{"fileop", "copy"}, {"scpath", {keeper->id}}, {"path", below}, {"names", {"a"}}}) == "ok");
    BOOST_TEST(operate({{"fileop", "set"}, {"file", "b"}, {"data", "eA=="}}).starts_with("not enough room"));
    BOOST_TEST(own().at("f").at("a").at("s") == 5);
    BOOST_TEST(own().at("maxbytes") == 10);
}

BOOST_AUTO_TEST_SUITE_END()
