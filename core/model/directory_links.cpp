#include "core/model/directory_impl.hpp"

#include "core/model/ids.hpp"
#include "core/model/rows.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::model {

namespace {

using sdk::Error;
using sdk::ErrorCode;

bool isHolder(IdKind kind) {
    return kind == IdKind::User || kind == IdKind::UserGroup;
}

bool exists(const State& state, const Id& id, const std::string& text) {
    switch (id.kind) {
    case IdKind::Device:
        return state.device(text) != nullptr;
    case IdKind::Group: {
        const auto group = state.group(text);
        return group != nullptr && group->deletedMs == 0;
    }
    case IdKind::User:
        return state.user(text) != nullptr;
    case IdKind::UserGroup:
        return state.userGroup(text) != nullptr;
    }
    return false;
}

void checkLink(std::string_view holder, std::string_view target) {
    const auto from = parseId(holder);
    const auto to = parseId(target);
    if (!from || !isHolder(from->kind))
        throw Error(ErrorCode::InvalidArgument, "not the id of a user or user group", "/userid");
    const bool isMembership = to && to->kind == IdKind::UserGroup && from->kind == IdKind::User;
    if (!to || (isHolder(to->kind) && !isMembership))
        throw Error(ErrorCode::InvalidArgument, "not the id of a group or device", "/meshid");
    if (from->domain != to->domain)
        throw Error(ErrorCode::InvalidArgument, "Mismatch domains", "/userid");
}

void applyTo(LinkMap& links, std::string_view other, const Rights* rights) {
    if (rights != nullptr) {
        links.insert_or_assign(std::string(other), *rights);
        return;
    }
    if (const auto found = links.find(other); found != links.end())
        links.erase(found);
}

} // namespace

template <class Ptr>
void Directory::Impl::editLinks(State& state, const Ptr& before, std::string_view other,
                                const Rights* rights) {
    using Record = std::remove_const_t<typename Ptr::element_type>;
    auto after = std::make_shared<Record>(*before);
    if constexpr (std::is_same_v<Record, UserGroup>) {
        if (other.starts_with("user/")) {
            if (rights != nullptr)
                after->users.emplace(other);
            else if (const auto found = after->users.find(other); found != after->users.end())
                after->users.erase(found);
        } else {
            applyTo(after->links, other, rights);
        }
    } else {
        applyTo(after->links, other, rights);
    }
    if (*after != *before)
        put(state, Ptr(std::move(after)));
}

void Directory::Impl::editSide(State& state, std::string_view id, std::string_view other,
                               const Rights* rights) {
    if (const auto user = state.user(id))
        editLinks(state, user, other, rights);
    else if (const auto group = state.group(id))
        editLinks(state, group, other, rights);
    else if (const auto userGroup = state.userGroup(id))
        editLinks(state, userGroup, other, rights);
    else if (const auto* entry = state.device(id))
        editLinks(state, entry->record, other, rights);
}

void Directory::Impl::link(State& state, std::string_view holder, std::string_view target,
                           Rights rights) {
    editSide(state, holder, target, &rights);
    editSide(state, target, holder, &rights);
}

bool Directory::Impl::unlink(State& state, std::string_view holder, std::string_view target) {
    const auto user = state.user(holder);
    const auto userGroup = state.userGroup(holder);
    const bool had = (user != nullptr && user->links.contains(target)) ||
                     (userGroup != nullptr && userGroup->links.contains(target));
    editSide(state, holder, target, nullptr);
    editSide(state, target, holder, nullptr);
    return had;
}

void Directory::Impl::unlinkAll(State& state, std::string_view id) {
    LinkMap others;
    if (const auto user = state.user(id))
        others = user->links;
    if (const auto group = state.group(id))
        others = group->links;
    if (const auto* entry = state.device(id))
        others = entry->record->links;
    if (const auto userGroup = state.userGroup(id)) {
        others = userGroup->links;
        for (const auto& member : userGroup->users)
            others.emplace(member, 1);
    }
    for (const auto& [other, rights] : others) {
        editSide(state, other, id, nullptr);
        editSide(state, id, other, nullptr);
    }
}

void Directory::setLink(std::string_view holder, std::string_view target, Rights rights) {
    checkLink(holder, target);
    if (target.starts_with("ugrp/"))
        rights = 1; // control-protocol.md section 5.6
    impl_->inTurn([&] {
        const bool known = impl_->look([&](const State& state) {
            return exists(state, *parseId(holder), std::string(holder)) &&
                   exists(state, *parseId(target), std::string(target));
        });
        if (!known)
            throw Error(ErrorCode::NotFound, "no such user, group or device");
        impl_->write(
            [&](store::Session& session) { rows::writeLink(session, holder, target, rights); });
        impl_->commit([&](State& state) { impl_->link(state, holder, target, rights); });
    });
}

bool Directory::removeLink(std::string_view holder, std::string_view target) {
    checkLink(holder, target);
    bool had = false;
    impl_->inTurn([&] {
        impl_->write([&](store::Session& session) { rows::removeLink(session, holder, target); });
        impl_->commit([&](State& state) { had = impl_->unlink(state, holder, target); });
    });
    return had;
}

} // namespace trellis::model
