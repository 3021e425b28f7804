#include "core/store/backup/backup.hpp"

#include "core/store/backup/sealed.hpp"
#include "core/store/clock.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>

namespace trellis::store::backup {

namespace fs = std::filesystem;

namespace {

using sdk::Error;
using sdk::ErrorCode;

/// Names in the data directory that a restored server makes anew, or that are the database itself.
constexpr std::string_view kStayOut[] = {"trellis.db",     "trellis.db-wal", "trellis.db-shm",
                                         "control.sock",   "server.lock",    "plugin-journal",
                                         "audit.head",     "audit.head.new", "backups"};

class Maker {
public:
    Maker(const Contents& contents, Sink& out) : contents_(contents), writer_(out) {}

    Made run() {
        writer_.manifest({{"version", contents_.version},
                          {"server", contents_.serverName},
                          {"madeMs", systemClock()()},
                          {"engine", contents_.database.engine() == Engine::Sqlite ? "sqlite"
                                                                                   : "postgresql"},
                          {"hasDatabaseUrl", !contents_.databaseUrl.empty()}});
        // The head of the audit trail says where its end was before the rows are read: an end that lies
        // further on is none that was cut off.
        std::string head;
        if (fs::exists(contents_.data / "audit.head"))
            head = textOf(contents_.data / "audit.head");
        contents_.database.read([&](Session& session) { dump(session); });
        if (!head.empty()) {
            writer_.file({"audit.head", 0600});
            writer_.data(head);
            writer_.fileEnd();
        }
        folder(contents_.data, "");
        configuration();
        made_.totals = writer_.finish();
        return std::move(made_);
    }

private:
    void dump(Session& session) {
        for (const auto& step : stepsOf(session))
            writer_.step(step);
        for (const auto& table : tablesOf(session)) {
            TableHead head{table.name, columnNames(table), {}};
            for (const auto& column : table.columns)
                if (column.isIdentity)
                    head.given.emplace_back(column.name, lastNumber(session, table, column));
            writer_.table(head);
            eachRow(session, table, [&](const Values& row) { writer_.row(row); });
            writer_.tableEnd();
        }
    }

    /// With what lies in it, in the order of names.
    void folder(const fs::path& path, const std::string& prefix) {
        std::vector<fs::path> entries;
        for (const auto& entry : fs::directory_iterator(path))
            entries.push_back(entry.path());
        std::sort(entries.begin(), entries.end());
        for (const auto& entry : entries) {
            const auto name = prefix + entry.filename().string();
            if (isLeftOut(entry, name))
                continue;
            const auto status = fs::symlink_status(entry);
            if (fs::is_directory(status))
                folder(entry, name + '/');
            else if (fs::is_regular_file(status) && isArchivePath(name))
                file(entry, name);
            else if (!fs::is_socket(status))
                made_.skipped.push_back(name);
        }
    }

    bool isLeftOut(const fs::path& path, const std::string& name) const {
        const bool isKnown = std::find(std::begin(kStayOut), std::end(kStayOut), name) !=
                             std::end(kStayOut);
        return isKnown || name.ends_with(".part") ||
               std::any_of(contents_.without.begin(), contents_.without.end(),
                           [&](const fs::path& one) { return path == one; });
    }

    void file(const fs::path& path, const std::string& name) {
        std::unique_ptr<FileSource> source;
        try {
            source = std::make_unique<FileSource>(path);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::NotFound) // gone since the folder was read
                throw;
            return;
        }
        writer_.file({name, source->mode()});
        std::string piece(kMaxData, '\0');
        for (;;) {
            const auto count = source->read(piece.data(), piece.size());
            writer_.data(std::string_view(piece).substr(0, count));
            if (count < piece.size())
                break;
        }
        writer_.fileEnd();
    }

    static std::string textOf(const fs::path& path) {
        FileSource source(path);
        std::string text(4096, '\0');
        text.resize(source.read(text.data(), text.size()));
        return text;
    }

    /// A configuration that lies outside of the data directory goes in as if it lay there.
    void configuration() {
        const auto& config = contents_.configFile;
        if (config.empty() || !fs::exists(config) ||
            fs::weakly_canonical(config.parent_path()) == fs::weakly_canonical(contents_.data))
            return;
        if (!fs::exists(contents_.data / "trellis.yaml"))
            file(config, "trellis.yaml");
        const auto fragments = config.parent_path() / "conf.d";
        if (fs::is_directory(fragments) && !fs::exists(contents_.data / "conf.d"))
            folder(fragments, "conf.d/");
    }

    const Contents& contents_;
    ArchiveWriter writer_;
    Made made_;
};

} // namespace

Made create(const Contents& contents, const fs::path& file, std::string_view passphrase) {
    try {
        FileSink out(file);
        SealedSink sealed(out, passphrase);
        auto made = Maker(contents, sealed).run();
        sealed.finish();
        out.finish();
        return made;
    } catch (const fs::filesystem_error& problem) {
        throw Error(ErrorCode::Unavailable, problem.what());
    }
}

} // namespace trellis::store::backup
