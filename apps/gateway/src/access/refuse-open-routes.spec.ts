import { Controller, Get, Module, Post } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, NestFactory, Reflector } from '@nestjs/core';
import { refuseOpenRoutes } from './refuse-open-routes.js';
import { Route } from './route.js';

@Controller('guarded')
class GuardedController {
  @Get()
  @Route({ permission: 'status', summary: 'Guarded' })
  read(): void {}

  notServed(): void {}
}

@Controller('planted')
class PlantedController {
  @Get()
  @Route({ permission: 'none', summary: 'Open on purpose' })
  read(): void {}

  @Post()
  planted(): void {}
}

/** What a start does with these controllers. */
async function start(...controllers: (new () => object)[]): Promise<void> {
  @Module({ imports: [DiscoveryModule], controllers })
  class Planted {
    constructor(private readonly discovery: DiscoveryService) {}

    onApplicationBootstrap(): void {
      refuseOpenRoutes(this.discovery.getControllers(), new MetadataScanner(), new Reflector());
    }
  }
  Reflect.defineMetadata('design:paramtypes', [DiscoveryService], Planted);
  const app = await NestFactory.createApplicationContext(Planted, { logger: false, abortOnError: false });
  await app.close();
}

test('a planted route without a permission is refused at start, by name', async () => {
  await expect(start(GuardedController, PlantedController)).rejects.toThrow('These routes declare no permission; give each an @Route: PlantedController.planted');
});

test('routes that all declare a permission, or that they are open, start', async () => {
  await expect(start(GuardedController)).resolves.toBeUndefined();
});
