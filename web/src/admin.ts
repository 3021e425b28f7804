import { channel, directory } from './app';
import { People } from './model/people';
import './styles/admin.css';

/// What the views of administration share. Loaded with the first of them, not with the page.
export const people = new People(channel);

export const mySiteRights = (): number => directory.me?.siteadmin ?? 0;
