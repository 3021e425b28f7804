#include "core/takeover/load.hpp"

#include "core/model/ids.hpp"
#include "core/model/limits.hpp"
#include "core/store/random.hpp"
#include "core/takeover/members.hpp"

#include <trellis/sdk/error.hpp>

#include <array>

namespace trellis::takeover {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kLoginKeyBytes = 80; // auth::kTokenKeySize

std::string asSentence(const Error& error) {
    return error.field().empty() ? error.what() : error.what() + (" (" + error.field() + ")");
}

/// Documents that MeshCentral makes anew or that describe only itself.
bool isItsOwn(const NedbFile::Entry& entry) {
    constexpr std::array<std::string_view, 10> kOwn{"DatabaseIdentifier",
                                                    "SchemaVersion",
                                                    "dbconfig",
                                                    "GoogleDriveBackup",
                                                    "LastAutoBackupTime",
                                                    "performSelfUpdate",
                                                    "LoginCookieEncryptionKey",
                                                    "InvitationLinkEncryptionKey",
                                                    "iploc_",
                                                    "ServerStats"};
    return std::any_of(kOwn.begin(), kOwn.end(),
                       [&](std::string_view name) { return entry.id.starts_with(name); });
}

bool isSide(const NedbFile::Entry& entry) {
    for (const std::string_view prefix : {"ntp", "nt", "if", "si", "im", "ws"})
        if (entry.id.starts_with(prefix) &&
            model::parseId(std::string_view(entry.id).substr(prefix.size())))
            return true;
    return false;
}

} // namespace

Load::Load(Source& source, Sink& sink) : source_(source), sink_(sink), report_(source.report_) {}

void Load::run() {
    check();
    groups();
    userGroups();
    users();
    devices();
    links();
    sides();
    tokens();
    singletons();
    events();
    power();
    strangers();
}

void Load::check() {
    for (const auto& entry : source_.main_->entries()) {
        if (entry.id != "SchemaVersion")
            continue;
        if (const auto version = numberOf(source_.main_->read(entry), "value"); version != 2)
            throw Error(ErrorCode::InvalidArgument,
                        source_.main_->where(entry) + ": records of schema version " +
                            std::to_string(version) +
                            ", expected 2: start a current MeshCentral on "
                            "the folder once");
        return;
    }
    throw Error(ErrorCode::InvalidArgument,
                "meshcentral.db: has no SchemaVersion, so it is not a MeshCentral database");
}

void Load::each(const char* kind, std::string_view type, const Each& work) {
    for (const auto& entry : source_.main_->entries()) {
        if (entry.type != type)
            continue;
        const auto document = source_.main_->read(entry);
        const auto where = source_.main_->where(entry);
        if (document.contains("_CRYPT"))
            throw Error(ErrorCode::InvalidArgument,
                        where +
                            ": encrypted fields (dbRecordsEncryptKey). Have MeshCentral store them "
                            "in clear first: dbRecordsDecryptKey in place of it, then its option "
                            "--recordencryptionrecode");
        if (!textOf(document, "domain").empty()) {
            report_.left(kind, "of another domain than the default one, which alone is taken over",
                         where);
            continue;
        }
        try {
            work(document, where);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::InvalidArgument)
                throw;
            report_.left(kind, asSentence(error), where);
        }
    }
}

void Load::groups() {
    each("device group", "mesh", [this](const json::object& document, const std::string& where) {
        const auto group = takeGroup(document);
        model::check(group);
        sink_.add(group);
        ids_.insert(group.id);
        report_.took(group.deletedMs == 0 ? "device group" : "deleted device group (kept hidden)");
        if (holdsGroupSecrets(document))
            report_.left("password of a device group", "set those of Intel AMT and IP-KVM anew",
                         where);
    });
}

void Load::userGroups() {
    each("user group", "ugrp", [this](const json::object& document, const std::string& where) {
        const auto taken = takeUserGroup(document);
        model::check(taken.group);
        sink_.add(taken.group);
        ids_.insert(taken.group.id);
        report_.took("user group");
        for (const auto& link : taken.links)
            links_.push_back({taken.group.id, link, where});
    });
}

void Load::users() {
    bool hasAdmin = false;
    each("account", "user", [&](const json::object& document, const std::string& where) {
        const auto taken = takeUser(document, source_.options_.factors);
        model::check(taken.user);
        sink_.add(taken.user, taken.factors);
        ids_.insert(taken.user.id);
        hasAdmin = hasAdmin || taken.user.isFullAdmin();
        report_.took("account");
        for (const auto& [name, secret] : taken.factors)
            report_.took("second factor " + name);
        for (const auto& loss : taken.losses)
            report_.left("password of an account", loss, where);
        for (const auto& link : taken.links)
            links_.push_back({taken.user.id, link, where});
        if (document.contains("webpush"))
            report_.left("web push registration", "browsers register anew", where);
    });
    if (!hasAdmin)
        report_.note(
            "no account is a full administrator: the server prints a set-up link at its start");
}

void Load::devices() {
    each("last connection", "lastconnect",
         [this](const json::object& document, const std::string&) {
             if (auto taken = takeLastConnection(document))
                 connections_.emplace(taken->deviceId, std::move(*taken));
         });
    each("device", "node", [this](const json::object& document, const std::string& where) {
        auto device = takeDevice(document);
        if (!isKnown(device.groupId))
            throw Error(ErrorCode::InvalidArgument, "its device group is gone");
        if (const auto found = connections_.find(device.id); found != connections_.end()) {
            device.lastConnectMs = device.lastSeenMs = found->second.timeMs;
            device.lastAddress = found->second.address;
        }
        model::check(device);
        sink_.add(device);
        ids_.insert(device.id);
        report_.took("device");
        if (holdsDeviceSecrets(document))
            report_.left("saved sign-in of a device", "enter it anew (Intel AMT, RDP, SSH, push)",
                         where);
    });
}

void Load::links() {
    for (const auto& [holder, link, where] : links_) {
        if (!isKnown(link.target)) {
            report_.left("right", "what it is for is gone or was left", where);
            continue;
        }
        const bool isMembership = link.target.starts_with("ugrp/");
        sink_.link(holder, isMembership ? Link{link.target, 1} : link);
        report_.took(isMembership ? "membership in a user group" : "right on a group or device");
    }
}

void Load::sides() {
    for (const auto& entry : source_.main_->entries()) {
        if (!isSide(entry))
            continue;
        const auto side = takeSide(source_.main_->read(entry));
        const auto where = source_.main_->where(entry);
        if (!side)
            continue; // empty
        if (!isKnown(side->owner))
            report_.left("note, inventory or picture", "what it belongs to is gone or was left",
                         where);
        else if (side->document.text.size() > model::SideDocuments::kMaxBytes)
            report_.left("note, inventory or picture", "longer than 1 MiB", where);
        else {
            sink_.add(*side);
            report_.took("note, inventory or picture");
        }
    }
}

void Load::tokens() {
    each("login token", "logintoken", [this](const json::object& document, const std::string&) {
        const auto token = takeLoginToken(document);
        if (!isKnown(token.userId))
            throw Error(ErrorCode::InvalidArgument, "its account is gone or was left");
        sink_.add(token);
        report_.took("login token");
    });
}

/// `meshctrl --loginkey` goes on working: scripts have that key.
void Load::singletons() {
    auto hex = source_.options_.loginKeyHex;
    for (const auto& entry : source_.main_->entries())
        if (hex.empty() && entry.id == "LoginCookieEncryptionKey")
            hex = textOf(source_.main_->read(entry), "key");
    const auto key = store::fromHex(hex);
    if (!key || key->size() != kLoginKeyBytes)
        return;
    sink_.loginKey(*key);
    report_.took("login key (meshctrl --loginkey)");
}

void Load::events() {
    if (source_.events_ == nullptr)
        return;
    for (const auto& entry : source_.events_->entries()) {
        try {
            auto event = takeEvent(source_.events_->read(entry));
            if (!event.domain.empty())
                throw Error(ErrorCode::InvalidArgument, "of another domain than the default one");
            sink_.add(std::move(event));
            report_.took("event");
        } catch (const Error& error) {
            if (error.code() != ErrorCode::InvalidArgument)
                throw;
            report_.left("event", asSentence(error), source_.events_->where(entry));
        }
    }
}

void Load::power() {
    if (source_.power_ == nullptr)
        return;
    for (const auto& entry : source_.power_->entries()) {
        const auto taken = takePower(source_.power_->read(entry));
        const bool isOurs = taken && (taken->deviceId == "*" || isKnown(taken->deviceId));
        if (!isOurs) {
            report_.left("power state", "of a device that is gone, or the end of the server",
                         source_.power_->where(entry));
            continue;
        }
        sink_.add(*taken);
        report_.took("power state");
    }
}

/// What nobody asked for, so that the counts are whole.
void Load::strangers() {
    constexpr std::array<std::string_view, 6> kAsked{"mesh",        "ugrp", "user",
                                                     "lastconnect", "node", "logintoken"};
    for (const auto& entry : source_.main_->entries()) {
        if (std::find(kAsked.begin(), kAsked.end(), entry.type) != kAsked.end() || isSide(entry) ||
            isItsOwn(entry))
            continue;
        const bool isShare = entry.type == "deviceshare";
        report_.left(isShare ? "guest link" : "other record",
                     isShare ? "guest links end with the old server" : "no place for it here",
                     source_.main_->where(entry));
    }
}

} // namespace trellis::takeover
