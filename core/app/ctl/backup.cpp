#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/backups.hpp"
#include "core/app/ctl/ctl.hpp"
#include "core/app/paths.hpp"
#include "core/app/settings.hpp"
#include "core/config/backup_config.hpp"
#include "core/config/files.hpp"
#include "core/model/wire_documents.hpp"
#include "core/store/backup/backup.hpp"

namespace trellis::app::ctl {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
namespace backup = store::backup;
using sdk::Error;
using sdk::ErrorCode;

std::shared_ptr<const config::Config> configuration(const Context& context) {
    LaunchOptions options;
    options.data = context.data;
    options.configFile = context.configFile;
    auto checked = config::checkServer(config::load(loadRequest(options)));
    if (!checked.config) throw Error(ErrorCode::InvalidArgument, checked.report.text());
    return checked.config;
}

/// From a file, from standard input, or as configured, in that order.
std::string passphraseFrom(Context& context) {
    const auto file = context.arguments.option("passphrase-file");
    const bool isInput = context.arguments.flag("passphrase-stdin");
    if (file) {
        const auto read = config::readSecret(*file);
        if (!read.ok) throw Error(ErrorCode::InvalidArgument, *file + ": " + read.problem);
        return read.text;
    }
    if (isInput) return readSecret(context);
    const auto configured = config::backupSection(configuration(context)->values()).passphrase;
    if (configured.empty())
        throw Error(ErrorCode::InvalidArgument,
                    "give the passphrase with --passphrase-file FILE or --passphrase-stdin, or set "
                    "backup.passphrase in the configuration");
    return configured;
}

void print(const Context& context, const char* what, const backup::Totals& totals) {
    if (context.asJson) {
        context.out << json::serialize(json::object{{"tables", totals.tables},
                                                    {"rows", totals.rows},
                                                    {"files", totals.files},
                                                    {"bytes", totals.bytes}})
                    << '\n';
        return;
    }
    context.out << what << ": " << totals.tables << " tables with " << totals.rows << " rows, "
                << totals.files << " files with " << totals.bytes << " bytes\n";
}

int create(Context& context) {
    const fs::path file = context.arguments.needWord("the file to write");
    const auto passphrase = passphraseFrom(context);
    context.arguments.finish();
    if (!fs::is_directory(context.data))
        throw Error(ErrorCode::NotFound, "there is no data directory " + context.data.string());
    const auto config = configuration(context);
    const auto url = config->server().database.url;
    if (url.empty() && !fs::exists(context.data / "trellis.db"))
        throw Error(ErrorCode::NotFound, "there is no database in " + context.data.string());
    store::DatabaseOptions options;
    options.url = url.empty() ? store::defaultUrl(context.data) : url;
    options.readers = 1;
    const auto database = store::Database::open(options);
    const auto made = backup::create(
        backupContents(*database, *config, context.data, configFile(context.data, context.configFile)),
        file, passphrase);
    print(context, "backed up", made.totals);
    for (const auto& name : made.skipped) context.err << "left out: " << name << '\n';
    return kOk;
}

int list(Context& context) {
    context.arguments.finish();
    const auto config = configuration(context);
    const auto folder = backupFolder(context.data, config::backupSection(config->values()));
    json::array found;
    for (const auto& one : listBackups(folder)) {
        found.push_back(json::object{{"file", one.path.string()},
                                     {"size", one.size},
                                     {"madeMs", one.madeMs}});
        if (!context.asJson)
            context.out << one.path.string() << '\t' << one.size << " bytes\t"
                        << model::isoTime(one.madeMs) << '\n';
    }
    if (context.asJson)
        context.out << json::serialize(json::object{{"folder", folder.string()}, {"backups", found}})
                    << '\n';
    return kOk;
}

int inspect(Context& context) {
    const fs::path file = context.arguments.needWord("the backup");
    const auto passphrase = passphraseFrom(context);
    context.arguments.finish();
    const auto manifest = backup::inspect(file, passphrase);
    if (context.asJson) {
        context.out << json::serialize(manifest) << '\n';
        return kOk;
    }
    const auto text = [&](const char* name) {
        const auto* value = manifest.if_contains(name);
        return value && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    const auto* made = manifest.if_contains("madeMs");
    context.out << "server: " << text("server") << "\nmade: "
                << model::isoTime(made && made->is_int64() ? made->get_int64() : 0)
                << "\nversion: " << text("version") << "\ndatabase: " << text("engine") << '\n';
    return kOk;
}

}  // namespace

int backups(Context& context) {
    const auto verb = context.arguments.needWord("create, list or inspect");
    if (verb == "create") return create(context);
    if (verb == "list") return list(context);
    if (verb == "inspect") return inspect(context);
    throw Error(ErrorCode::InvalidArgument,
                "backup: expected create, list or inspect, got \"" + verb + "\"");
}

int restore(Context& context) {
    const fs::path file = context.arguments.needWord("the backup");
    const bool isVerify = context.arguments.flag("verify");
    const auto into = context.arguments.option("into");
    const auto url = context.arguments.option("database");
    const auto passphrase = passphraseFrom(context);
    context.arguments.finish();
    if (isVerify == into.has_value())
        throw Error(ErrorCode::InvalidArgument, "restore: give either --verify or --into DIR");
    if (isVerify) {
        print(context, "whole", backup::verify(file, passphrase, TRELLIS_VERSION));
        return kOk;
    }
    if (url) store::engineOf(*url);
    const auto totals = backup::restore(file, passphrase, {*into, url.value_or(""), TRELLIS_VERSION});
    print(context, "restored", totals);
    return kOk;
}

}  // namespace trellis::app::ctl
