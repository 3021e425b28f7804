import './styles/tokens.css';
import './styles/widgets.css';
import './styles/shell.css';
import './styles/gate.css';
import './styles/device.css';
import './styles/guest.css';
import './views/guest_view';
import { i18n } from './core/i18n';

// The page of somebody without an account. Nothing of the technician's page runs here: no session, no
// control channel, no list of devices.
await i18n.start();
