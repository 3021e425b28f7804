#include <filesystem>
#include <fstream>
#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/paths.hpp"
#include "core/app/settings.hpp"
#include "core/config/config.hpp"
#include "core/store/instance_lock.hpp"
#include "core/takeover/takeover.hpp"

namespace trellis::app::ctl {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

/// The configuration file to write. One that is there is the admin's and stays; what was made of
/// config.json then lies beside it.
struct Target {
    fs::path file;
    bool isBeside = false;
};

Target targetOf(const Context& context) {
    const auto file = configFile(context.data, context.configFile);
    if (!fs::exists(file))
        return {file, false};
    return {file.string() + ".meshcentral", true};
}

std::string databaseOf(const Context& context) {
    const bool hasFile = !context.configFile.empty() && fs::exists(context.configFile);
    const auto url = databaseUrl(context.data, hasFile ? context.configFile : fs::path());
    return url.empty() ? store::defaultUrl(context.data) : url;
}

std::unique_ptr<store::Database> open(const std::string& url) {
    store::DatabaseOptions options;
    options.url = url;
    options.readers = 1;
    return store::Database::open(options);
}

/// Our own text, so a mistake in it is ours; but it must be known before anything is written.
void checkYaml(const std::string& text, const fs::path& file) {
    const auto checked = config::checkServer(config::loadText(text, file.string()));
    if (!checked.config)
        throw Error(ErrorCode::Internal, checked.report.text());
}

/// Written under another name first: renaming it at the end can't fail for want of space.
class ConfigFile {
public:
    ConfigFile(fs::path file, const std::string& text) : file_(std::move(file)) {
        std::error_code ignored;
        if (!file_.parent_path().empty())
            fs::create_directories(file_.parent_path(), ignored);
        std::ofstream out(next(), std::ios::binary | std::ios::trunc);
        out << text;
        out.close();
        if (!out)
            throw Error(ErrorCode::Unavailable, next().string() + ": can't be written");
        fs::permissions(next(), fs::perms::owner_read | fs::perms::owner_write, ignored);
    }
    ~ConfigFile() {
        std::error_code ignored;
        fs::remove(next(), ignored);
    }
    ConfigFile(const ConfigFile&) = delete;
    ConfigFile& operator=(const ConfigFile&) = delete;
    void keep() { fs::rename(next(), file_); }

private:
    fs::path next() const { return file_.string() + ".new"; }
    fs::path file_;
};

void refuseFull() {
    throw Error(ErrorCode::Conflict, "this server has accounts, groups or devices already; import "
                                     "into a data directory without any");
}

/// Does it without a trace: a database that isn't there is not made.
void dryRun(const Context& context, takeover::Source& source) {
    const auto url = databaseOf(context);
    const auto file = fs::path(url.substr(url.find(':') + 1));
    const bool isThere = store::engineOf(url) == store::Engine::PostgreSql || fs::exists(file);
    if (isThere && !takeover::isEmpty(*open(url)))
        refuseFull();
    takeover::rehearse(source);
}

void perform(const Context& context, takeover::Source& source, const Target& target) {
    ensureDataDirectory(context.data);
    const auto lock = store::InstanceLock::tryTake(context.data);
    if (!lock) {
        throw Error(ErrorCode::Unavailable,
                    "a server runs on " + context.data.string() + ": stop it first");
    }
    ConfigFile file(target.file, source.yaml());
    takeover::load(source, *open(databaseOf(context)), context.data);
    file.keep();
}

void print(Context& context, takeover::Source& source, const Target& target, bool isDry) {
    if (context.asJson) {
        auto answer = source.report().toJson();
        answer["dryRun"] = isDry;
        answer["serverId"] = source.certificates().serverId();
        answer["configFile"] = target.file.string();
        answer["config"] = source.yaml();
        context.out << json::serialize(answer) << '\n';
        return;
    }
    source.report().print(context.out);
    context.out
        << "agents know this server as " << source.certificates().serverId() << '\n'
        << (isDry ? "would write " : "wrote ") << target.file.string() << ":\n"
        << source.yaml()
        << (isDry ? "Nothing was changed (--dry-run).\n"
                  : "Done. Start trellisd; see docs/admin/migration.md for what comes next.\n");
}

int meshcentral(Context& context) {
    const fs::path folder = context.arguments.needWord("MeshCentral's data folder");
    const bool isDry = context.arguments.flag("dry-run");
    context.arguments.finish();
    takeover::Source source(folder);
    const auto target = targetOf(context);
    checkYaml(source.yaml(), target.file);
    if (target.isBeside) {
        source.report().note(
            "the configuration file is there already and stays as it is; put into it "
            "what you want of " +
            target.file.string());
    }
    if (isDry) {
        dryRun(context, source);
    } else {
        perform(context, source, target);
    }
    print(context, source, target, isDry);
    return kOk;
}

} // namespace

int takeOver(Context& context) {
    const auto verb = context.arguments.needWord("meshcentral");
    if (verb == "meshcentral")
        return meshcentral(context);
    throw Error(ErrorCode::InvalidArgument, "import: expected meshcentral, got \"" + verb + "\"");
}

} // namespace trellis::app::ctl
