import { customElement } from 'lit/decorators.js';
import type { DeviceInfo, PluginHttp } from '../../plugin-api';
import { channel, directory, plugins, session } from '../app';
import { prefix } from '../core/place';
import { router } from '../core/router';
import { isOnline } from '../model/device';
import type { Contribution } from '../model/plugins';
import { has } from '../model/rights';
import { partPlace } from './part_place';
import { PluginMount, type PluginSource } from './plugin_mount';

const source: PluginSource = {
  call: (action, args) => channel.call(action, args),
  on: (event, listener) => channel.events.on(event, listener),
  t: (plugin, key, values) => plugins.t(plugin, key, values),
  device: describeDevice,
  rights: rightsOn,
  onDevice: (listener) => directory.subscribe(listener),
  place: ({ slot, plugin, id }) => (slot === 'site_page' ? partPlace(router, ['page', plugin, id]) : undefined),
  http: pluginHttp,
  openTunnel: async (nodeid, protocol) => {
    const answer = await channel.call<{ path?: unknown }>('tunnel.open', { nodeid, protocol });
    return typeof answer?.path === 'string' ? answer.path : '';
  },
};

/// A plugin's part in the technician's page.
@customElement('plugin-host')
export class PluginHost extends PluginMount {
  protected source(): PluginSource {
    return source;
  }
}

function pluginHttp(plugin: string): PluginHttp {
  const url = (path: string, query: Record<string, string> = {}): string => `${prefix}/plugins/${plugin}/${path}?${new URLSearchParams(query)}`;
  return {
    url,
    fetch: (path, query, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('X-CSRF-Token', session.csrfToken);
      return fetch(url(path, query), { credentials: 'same-origin', cache: 'no-store', ...init, headers });
    },
  };
}

function describeDevice(id: string): DeviceInfo | undefined {
  const device = directory.devices.get(id);
  return device && {
    id: device.id,
    name: device.name,
    groupId: device.groupId,
    groupName: directory.groupName(device.groupId),
    online: isOnline(device),
    os: device.os,
    platform: device.platform,
  };
}

export function rightsOn(id: string): number {
  const device = directory.devices.get(id);
  return device ? directory.deviceRights(device) : 0;
}

export const mayUse = (contribution: Contribution, deviceId: string): boolean => has(rightsOn(deviceId), contribution.rights, contribution.forbidden);
