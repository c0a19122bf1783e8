// Writes numbers to a topic and reads them in a group, while brokers are killed; tells of each as cmd/internal/clients
// wants to hear it (see ledger.go). Writes until standard input ends.
//   node through.js host:port,host:port topic
'use strict'
const { Kafka, logLevel } = require('kafkajs')

const [bootstrap, topic] = process.argv.slice(2)
const kafka = new Kafka({ clientId: 'through', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 100, maxRetryTime: 1000 } })
const every = 20 // milliseconds
let over = false

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

async function read() {
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 300, sessionTimeout: 6000, heartbeatInterval: 1000 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ partition, message }) => console.log(`seen ${partition} ${message.offset} ${message.value}`) })
}

async function write() {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
  await producer.connect()
  for (let n = 1; !over; n++) {
    try {
      await producer.send({ topic, acks: -1, messages: [{ value: String(n) }] })
      console.log(`acked ${n}`)
    } catch (e) {
      console.log(`failed ${n} ${String(e.message).replace(/\n/g, ' ')}`)
    }
    await sleep(every)
  }
  console.log('flushed')
}

process.stdin.on('end', () => { over = true }).resume()
Promise.all([read(), write()]).catch(e => console.log(`failed ${e.message}`))
