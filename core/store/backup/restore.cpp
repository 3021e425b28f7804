#include "core/store/backup/backup.hpp"

#include "core/store/backup/sealed.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>

namespace trellis::store::backup {

namespace fs = std::filesystem;

namespace {

using sdk::Error;
using sdk::ErrorCode;

void checkVersion(const boost::json::object& manifest, const std::string& version) {
    const auto* value = manifest.if_contains("version");
    const std::string made(value && value->is_string() ? value->get_string().c_str() : "");
    if (isNewer(made, version))
        throw Error(ErrorCode::InvalidArgument, "the backup was made by version " + made +
                                                    ", newer than this one (" + version +
                                                    "); install that version first");
}

class Checker : public ArchiveVisitor {
public:
    explicit Checker(std::string version) : version_(std::move(version)) {}
    void manifest(const boost::json::object& manifest) override { checkVersion(manifest, version_); }

private:
    std::string version_;
};

/// Puts what it is told into a folder and, inside one transaction, a database.
class Restorer final : public ArchiveVisitor {
public:
    Restorer(fs::path folder, std::string version, Session& session)
        : folder_(std::move(folder)), version_(std::move(version)), session_(session) {
        if (!tablesOf(session_).empty())
            throw Error(ErrorCode::Conflict,
                        "the target holds tables already; give an empty database");
    }

    void manifest(const boost::json::object& manifest) override {
        checkVersion(manifest, version_);
        const auto* hasUrl = manifest.if_contains("hasDatabaseUrl");
        hadDatabaseUrl = hasUrl && hasUrl->is_bool() && hasUrl->get_bool();
    }
    void step(const SchemaStep& step) override { steps_.push_back(step); }

    void table(const TableHead& head) override {
        makeTables();
        const auto place = std::find_if(tables_.begin(), tables_.end(),
                                        [&](const Table& table) { return table.name == head.name; });
        if (place == tables_.end() || columnNames(*place) != head.columns)
            throw Error(ErrorCode::Conflict, "the backup holds a table that its steps do not make: " +
                                                 head.name);
        table_ = &*place;
        insertion_ = insertion(session_.engine(), *table_);
        given_ = head.given;
    }
    void row(const Values& row) override { session_.run(insertion_, row); }
    void tableEnd(const Fingerprint& print) override {
        if (fingerprintOf(session_, *table_) != print)
            throw Error(ErrorCode::Conflict, "table " + table_->name + " arrived changed");
        for (const auto& [name, number] : given_)
            for (const auto& column : table_->columns)
                if (column.name == name && column.isIdentity)
                    setLastNumber(session_, *table_, column, number);
    }

    void file(const FileHead& head) override {
        const auto path = folder_ / head.path;
        fs::create_directories(path.parent_path());
        // The folder is ours and new; a path that came twice is a fault of the backup.
        descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (descriptor_ < 0)
            throw Error(ErrorCode::Unavailable, path.string() + " cannot be made: " +
                                                    std::strerror(errno));
        (void)::fchmod(descriptor_, (head.mode & 0777) | 0600);
    }
    void data(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto count = ::write(descriptor_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                throw Error(ErrorCode::Unavailable,
                            std::string("a file cannot be written: ") + std::strerror(errno));
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    void fileEnd() override { closeFile(); }
    ~Restorer() override { closeFile(); }

    bool hadDatabaseUrl = false;

private:
    void makeTables() {
        if (isMade_)
            return;
        isMade_ = true;
        rebuildSchema(steps_, session_);
        tables_ = tablesOf(session_);
        clearTables(session_, tables_);
    }
    void closeFile() noexcept {
        if (descriptor_ >= 0)
            ::close(descriptor_);
        descriptor_ = -1;
    }

    fs::path folder_;
    std::string version_;
    Session& session_;
    std::vector<SchemaStep> steps_;
    bool isMade_ = false;
    std::vector<Table> tables_;
    const Table* table_ = nullptr;
    std::string insertion_;
    std::vector<std::pair<std::string, std::int64_t>> given_;
    int descriptor_ = -1;
};

/// A folder beside the target that goes unless it is kept.
class Staging {
public:
    explicit Staging(fs::path target) : target_(std::move(target)) {
        target_ = fs::absolute(target_).lexically_normal();
        if (!target_.has_filename())
            target_ = target_.parent_path();
        std::error_code none;
        if (fs::exists(fs::symlink_status(target_, none)) &&
            !(fs::is_directory(target_, none) && fs::is_empty(target_, none)))
            throw Error(ErrorCode::Conflict,
                        target_.string() + " is not an empty folder; nothing was changed");
        fs::create_directories(target_.parent_path());
        folder_ = target_.string() + ".restoring-" + hex(randomBytes(4));
        if (::mkdir(folder_.c_str(), 0700) != 0)
            throw Error(ErrorCode::Unavailable,
                        folder_.string() + " cannot be made: " + std::strerror(errno));
    }
    ~Staging() {
        std::error_code ignored;
        if (!folder_.empty())
            fs::remove_all(folder_, ignored);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    const fs::path& folder() const { return folder_; }
    const fs::path& target() const { return target_; }

    void sync() const {
        const int descriptor = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool isSynced = descriptor >= 0 && ::syncfs(descriptor) == 0;
        if (descriptor >= 0)
            ::close(descriptor);
        if (!isSynced)
            throw Error(ErrorCode::Unavailable, "the restored files cannot be written to the disk");
    }
    void keep() {
        // rename(2) replaces an empty folder, and no other.
        if (::rename(folder_.c_str(), target_.c_str()) != 0)
            throw Error(ErrorCode::Conflict,
                        target_.string() + " cannot be put in place: " + std::strerror(errno));
        folder_.clear();
    }

private:
    fs::path target_, folder_;
};

/// What overrides a database that the restored configuration names: the original's, most likely.
void nameDatabase(const fs::path& folder, const std::string& url) {
    fs::create_directories(folder / "conf.d");
    const auto path = folder / "conf.d" / "zz-restored.yaml";
    std::error_code ignored;
    fs::remove(path, ignored);
    FileSink out(path);
    out.write("# Written by trellisctl restore: where this server's records are now.\n"
              "database:\n  url: " +
              boost::json::serialize(boost::json::value(url)) + "\n");
    out.finish();
}

std::unique_ptr<Database> openTarget(const Target& target, const fs::path& folder) {
    DatabaseOptions options;
    options.url = target.databaseUrl.empty() ? defaultUrl(folder) : target.databaseUrl;
    options.readers = 1;
    return Database::open(options);
}

Totals restoreInto(SealedSource& sealed, const Target& target, Staging& staging) {
    Totals totals;
    bool mustName = !target.databaseUrl.empty();
    {
        const auto database = openTarget(target, staging.folder());
        database->transaction([&](Session& session) {
            Restorer restorer(staging.folder(), target.version, session);
            totals = readArchive(sealed, restorer);
            mustName = mustName || restorer.hadDatabaseUrl;
            if (mustName)
                nameDatabase(staging.folder(), target.databaseUrl);
            staging.sync();
        });
    }
    staging.sync(); // what closing the database has written
    staging.keep();
    return totals;
}

} // namespace

bool isNewer(const std::string& one, const std::string& other) {
    std::istringstream a(one), b(other);
    for (;;) {
        std::string first, second;
        const bool hasFirst = static_cast<bool>(std::getline(a, first, '.'));
        const bool hasSecond = static_cast<bool>(std::getline(b, second, '.'));
        if (!hasFirst && !hasSecond)
            return false;
        const auto x = std::strtoul(first.c_str(), nullptr, 10);
        const auto y = std::strtoul(second.c_str(), nullptr, 10);
        if (x != y)
            return x > y;
    }
}

boost::json::object inspect(const fs::path& file, std::string_view passphrase) {
    class Keeper final : public ArchiveVisitor {
    public:
        void manifest(const boost::json::object& manifest) override { kept = manifest; }
        boost::json::object kept;
    } keeper;
    FileSource source(file);
    SealedSource sealed(source, passphrase);
    readArchive(sealed, keeper, Extent::ManifestOnly);
    return std::move(keeper.kept);
}

Totals verify(const fs::path& file, std::string_view passphrase, const std::string& version) {
    FileSource source(file);
    SealedSource sealed(source, passphrase);
    Checker checker(version);
    return readArchive(sealed, checker);
}

Totals restore(const fs::path& file, std::string_view passphrase, const Target& target) {
    FileSource source(file);
    SealedSource sealed(source, passphrase); // a wrong passphrase is told before anything is made
    try {
        Staging staging(target.data);
        return restoreInto(sealed, target, staging);
    } catch (const fs::filesystem_error& problem) {
        throw Error(ErrorCode::Unavailable, problem.what());
    }
}

} // namespace trellis::store::backup
