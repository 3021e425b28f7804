import './styles/tokens.css';
import './styles/widgets.css';
import './styles/shell.css';
import './styles/gate.css';
import './styles/views.css';
import './styles/device.css';
import './shell';
import { session } from './app';
import { i18n } from './core/i18n';

// Texts before anything worth reading, so that no view is drawn in two languages.
await i18n.start();
await session.load();
