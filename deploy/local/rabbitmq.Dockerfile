# Debian's RabbitMQ, run as the published image runs: configuration in /etc/rabbitmq/conf.d, data in /var/lib/rabbitmq.
FROM lastgood-local/debian
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
 && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends rabbitmq-server && rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq/mnesia/*
ENV RABBITMQ_LOGS=- RABBITMQ_NODENAME=rabbit@localhost
USER rabbitmq
CMD ["/usr/lib/rabbitmq/bin/rabbitmq-server"]
