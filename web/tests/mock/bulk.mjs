// Commands that act on devices, one answer each. Devices whose name is in `server.failing` refuse.

export function bulkHandlers(server, message, { reply, ok, refuse }) {
  const [id] = message.nodeids ?? [message.nodeid ?? message.id];
  const device = server.devices.find((entry) => entry._id === id);
  const isOnline = Boolean(device?.conn);
  const act = (done = () => undefined) => {
    if (!device || server.failing.has(device.name)) return refuse('Agent not connected');
    done();
    ok();
  };
  return {
    poweraction: () => act(),
    wakedevices: () => refuse(isOnline ? 'No network information for this device' : 'Used 3 device(s) to send wake packets'),
    toast: () => act(),
    setNotes: () => act(() => server.notes.set(id, message.notes)),
    getNotes: () => reply({ id, responseid: message.responseid, notes: server.notes.get(id) ?? null }),
    changeDeviceMesh: () =>
      act(() => {
        device.meshid = message.meshid;
        const { lastSeen_, ...node } = device;
        server.event({ etype: 'node', action: 'nodemeshchange', nodeid: id, newMeshId: message.meshid, node });
      }),
    runcommands: () => {
      if (server.failing.has(device.name)) return refuse('Agent not connected');
      reply({ action: 'msg', type: 'runcommands', nodeid: id, responseid: message.responseid, result: ` 18:42:01 up 3 days, 4:12, load average: 0.08\n${device.name}\n` });
    },
  };
}
