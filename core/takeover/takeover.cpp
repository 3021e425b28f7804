#include "core/takeover/takeover.hpp"

#include "core/auth/factors.hpp"
#include "core/model/directory.hpp"
#include "core/model/intake.hpp"
#include "core/store/settings.hpp"
#include "core/takeover/load.hpp"

#include <trellis/sdk/error.hpp>

#include <fstream>

namespace trellis::takeover {

namespace {

namespace fs = std::filesystem;
using sdk::Error;
using sdk::ErrorCode;

/// First, so that a wrong folder is told from a damaged one.
fs::path dataFolder(fs::path folder) {
    std::error_code problem;
    if (!fs::is_regular_file(folder / "config.json", problem))
        throw Error(ErrorCode::InvalidArgument,
                    (folder / "config.json").string() +
                        ": missing; is this MeshCentral's data folder (meshcentral-data)?");
    return folder;
}

std::string configText(const fs::path& folder) {
    const auto path = folder / "config.json";
    std::ifstream in(path, std::ios::binary);
    std::string text(kMaxConfigBytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad())
        throw Error(ErrorCode::Unavailable, path.string() + ": can't be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

void checkStore(const Options& options) {
    if (options.otherStore.empty())
        return;
    throw Error(ErrorCode::InvalidArgument,
                "config.json: the server keeps its records in another database (settings." +
                    options.otherStore +
                    "); only NeDB files are read. docs/admin/migration.md tells how to make one");
}

std::unique_ptr<NedbFile> openIfThere(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored) ? std::make_unique<NedbFile>(path) : nullptr;
}

class Nowhere final : public Sink {
public:
    void add(const model::User&, const std::map<std::string, std::string>&) override {}
    void add(const model::Group&) override {}
    void add(const model::UserGroup&) override {}
    void add(const model::Device&) override {}
    void link(const std::string&, const Link&) override {}
    void add(const TakenSide&) override {}
    void add(const TakenToken&) override {}
    void add(model::Event) override {}
    void add(const model::PowerEvent&) override {}
    void loginKey(const std::string&) override {}
};

class ToDatabase final : public Sink {
public:
    ToDatabase(store::Session& session, const store::SecretBox& box)
        : session_(session), intake_(session), box_(box) {}

    void add(const model::User& user, const std::map<std::string, std::string>& factors) override {
        for (const auto& [name, secret] : factors)
            if (secret.empty() || secret.size() > auth::kMaxFactorBytes)
                throw Error(ErrorCode::InvalidArgument, "its second factor is damaged");
        intake_.add(user);
        for (const auto& [name, secret] : factors)
            auth::putFactor(session_, box_, user.id, name, secret);
    }
    void add(const model::Group& group) override { intake_.add(group); }
    void add(const model::UserGroup& group) override { intake_.add(group); }
    void add(const model::Device& device) override { intake_.add(device); }
    void link(const std::string& holder, const Link& link) override {
        intake_.link(holder, link.target, link.rights);
    }
    void add(const TakenSide& side) override { intake_.add(side.owner, side.kind, side.document); }
    void add(const TakenToken& token) override {
        session_.run(
            "INSERT INTO login_tokens (token_user, user_id, name, secret_hash, created_ms, "
            "expire_ms) VALUES (?, ?, ?, ?, ?, ?)",
            {token.tokenUser, token.userId, token.name, token.hash, token.createdMs,
             token.expireMs});
    }
    void add(model::Event event) override { intake_.add(std::move(event)); }
    void add(const model::PowerEvent& event) override { intake_.add(event); }
    void loginKey(const std::string& bytes) override {
        store::Settings::putSecret(session_, box_, "auth.login_key", bytes);
    }

private:
    store::Session& session_;
    model::Intake intake_;
    const store::SecretBox& box_;
};

} // namespace

Source::Source(fs::path folder)
    : folder_(dataFolder(std::move(folder))), certificates_(folder_, report_),
      options_(
          takeOptions(parseMeshConfig(configText(folder_)), certificates_.webName(), report_)) {
    checkStore(options_);
    main_ = std::make_unique<NedbFile>(folder_ / "meshcentral.db");
    events_ = openIfThere(folder_ / "meshcentral-events.db");
    power_ = openIfThere(folder_ / "meshcentral-power.db");
    for (const auto& domain : options_.domains)
        report_.left("domain", "only the default domain is taken over; its records are left, too", domain);
}

void rehearse(Source& source) {
    Nowhere sink;
    Load(source, sink).run();
}

bool isEmpty(store::Database& database) {
    const char* const tables = database.engine() == store::Engine::Sqlite
                                   ? "SELECT count(*) FROM sqlite_master WHERE name='devices'"
                                   : "SELECT count(*) FROM pg_tables WHERE tablename='devices' "
                                     "AND schemaname=current_schema()";
    bool isEmpty = true;
    database.read([&](store::Session& session) {
        std::int64_t count = 0;
        session.query(tables, {}, [&](const store::Row& row) { count = row.integer(0); });
        isEmpty = count == 0 || model::Intake::isEmpty(session);
    });
    return isEmpty;
}

void load(Source& source, store::Database& database, const fs::path& data) {
    {
        model::Directory directory(database);
        directory.load();
        auth::Sessions(database).load();
    }
    const auto box = store::SecretBox::fromFile(store::secretKeyPath(data));
    const store::Settings settings(database, box);
    std::unique_ptr<CertificateMove> move;
    database.transaction([&](store::Session& session) {
        if (!model::Intake::isEmpty(session))
            throw Error(ErrorCode::Conflict, "this server has accounts, groups or devices already; "
                                             "import into a data directory without any");
        ToDatabase sink(session, box);
        Load(source, sink).run();
        move = std::make_unique<CertificateMove>(source.certificates(), data);
    });
    move->keep();
    if (!move->earlier().empty())
        source.report().note("earlier certificates are kept in " + move->earlier().string());
}

} // namespace trellis::takeover
