import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { channel, directory } from './app';
import { People } from './model/people';
import { has, kManageUsers } from './model/rights';
import './styles/admin.css';

/// What the views of administration share. Loaded with the first of them, not with the page.
export const people = new People(channel);

export const mySiteRights = (): number => directory.me?.siteadmin ?? 0;

/// Keeps `people` up to date while its host is in the page; accounts too, if `withAccounts` says so then.
export class OpenPeople implements ReactiveController {
  constructor(
    host: ReactiveControllerHost,
    private readonly withAccounts = (): boolean => has(mySiteRights(), kManageUsers),
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    people.open(this.withAccounts());
  }

  hostDisconnected(): void {
    people.close();
  }
}
