import { run } from '@lastgood/service-runtime';
import { gatewayService } from './gateway.module.js';

await run([gatewayService]);
