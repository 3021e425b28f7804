/// The sessions that are recorded now, what becomes of them, and how long files stay.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>

#include "policy.hpp"
#include "session.hpp"
#include "store.hpp"

namespace recording {

class Recorder final : public SessionOwner {
public:
    /// Makes the folders. Throws Error{Unavailable}.
    Recorder(trellis::sdk::Host& host, std::shared_ptr<trellis::sdk::DeviceDirectory> directory, Policy policy);

    bool wants(const trellis::sdk::TunnelInfo& info);
    /// Throws Error{Unavailable} when there is no room and such sessions have to be recorded.
    std::unique_ptr<trellis::sdk::TunnelHandler> open(const trellis::sdk::TunnelInfo& info);
    std::vector<Entry> live(const std::string& domain) const;
    Store& store() noexcept { return store_; }
    std::string pathOf(const Entry& entry) const { return files_ + "/" + entry.name; }
    /// Of what helpFor() keeps.
    std::string indexPathOf(const Entry& entry) const { return indexes_ + "/" + entry.name; }
    /// Makes it in the background, unless it is there. Any thread.
    void makeHelp(const Entry& entry);
    const Policy& policy() const noexcept { return policy_; }

    // ---- the plugin's strand; they block ---------------------------------------------------------
    /// Looks at the disk, and at sessions whose work found no worker.
    void tick();
    /// Takes in what a server that died left, and what could not be stored.
    void adopt();
    /// Removes what is too old or too much.
    void tidy();
    /// Removes the file; the entry stays and says so.
    void remove(const Entry& entry, const std::string& note);
    void stop();

    // ---- SessionOwner ---------------------------------------------------------------------------
    bool work(std::function<void()> task) override;
    void finished(SessionFile& file) override;
    void failed(const Entry& entry, SessionFile* file, const std::string& why) override;

private:
    Entry entryOf(const trellis::sdk::TunnelInfo& info) const;
    bool keep(Entry& entry, const SessionFile::Lines& lines);
    void keepPart(SessionFile& file, const std::string& why);
    void tellEnd(const Entry& entry);
    /// Open lists of those who may see it are read anew.
    void tellPages(const std::string& domain);
    void tellFailure(const Entry& entry, const std::string& why);
    void forget(const std::string& id);

    trellis::sdk::Host& host_;
    std::shared_ptr<trellis::sdk::DeviceDirectory> directory_;
    std::shared_ptr<trellis::sdk::PageEvents> pages_;
    const Policy policy_;
    Store store_;
    std::string live_, files_, indexes_;
    int ticksToAdopt_ = 0;  // the strand's
    std::atomic<bool> isFull_{false}, hasLeftovers_{true}, isStopping_{false};
    trellis::sdk::Guarded<std::map<std::string, std::shared_ptr<Session>>> sessions_;
    trellis::sdk::Counter& recorded_;
    trellis::sdk::Counter& failed_;
    trellis::sdk::Gauge& running_;
};

}  // namespace recording
