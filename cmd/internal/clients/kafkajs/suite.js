// Drives kafkajs against a broker: producers, a consumer group, and the admin client.
//   node suite.js host:port run
'use strict'
const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const [bootstrap, run] = process.argv.slice(2)
const kafka = new Kafka({ clientId: 'suite', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 3 } })
const admin = kafka.admin()
const stepMax = 40000
const begin = parseInt(run, 16) - 3600000 // an hour before the run, so that retention leaves the records alone
let passed = 0
let failed = 0

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

function check(condition, what, ...values) {
  if (!condition) throw new Error(`${what}: ${values.map(v => JSON.stringify(v)).join(' ')}`)
}

async function eventually(f) {
  const end = Date.now() + stepMax - 5000
  for (;;) {
    try {
      return await f()
    } catch (e) {
      if (Date.now() > end) throw e
      await sleep(100)
    }
  }
}

async function step(name, f) {
  const started = Date.now()
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('it takes too long')), stepMax) })
  try {
    await Promise.race([f(), late])
    passed++
    console.log(`ok    ${name} (${((Date.now() - started) / 1000).toFixed(1)}s)`)
  } catch (e) {
    failed++
    console.log(`FAIL  ${name}: ${String(e.message).replace(/\n/g, ' ')}`)
  } finally {
    clearTimeout(timer)
  }
}

const topicName = name => `kafkajs-${name}-${run}`

async function create(name, numPartitions, configEntries = []) {
  const topic = topicName(name)
  const made = await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }], waitForLeaders: true })
  check(made, 'the topic was there already', topic)
  await eventually(async () => check((await partitions(topic)) === numPartitions, 'partitions', await partitions(topic)))
  return topic
}

async function partitions(topic) {
  return (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
}

async function send(topic, n, compression) {
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const messages = [...Array(n).keys()].map(i => ({ key: String(i), value: String(i), headers: { h: 'v' }, timestamp: String(begin + i * 1000) }))
  const result = await producer.send({ topic, messages, acks: -1, compression })
  await producer.disconnect()
  return result
}

// join runs one member of a group; seen gets every value, and owned is how many partitions it has.
async function join(groupId, topic) {
  const member = { seen: [], owned: 0, consumer: kafka.consumer({ groupId, sessionTimeout: 10000, heartbeatInterval: 300, rebalanceTimeout: 10000, maxWaitTimeInMs: 300 }) }
  member.consumer.on(member.consumer.events.GROUP_JOIN, e => { member.owned = (e.payload.memberAssignment[topic] || []).length })
  await member.consumer.connect()
  await member.consumer.subscribe({ topic, fromBeginning: true })
  await member.consumer.run({
    autoCommitInterval: 200,
    eachMessage: async ({ partition, message }) => { member.seen.push({ partition, offset: message.offset, value: String(message.value), headers: message.headers, timestamp: message.timestamp }) }
  })
  return member
}

async function leave(member) {
  await member.consumer.stop()
  await member.consumer.disconnect()
}

async function roundTrip() {
  for (const codec of [CompressionTypes.None, CompressionTypes.GZIP]) {
    const topic = await create(`codec${codec}`, 1)
    const [{ baseOffset }] = await send(topic, 200, codec)
    check(baseOffset === '0', 'base offset', baseOffset)
    const member = await join(`kafkajs-codec${codec}-${run}`, topic)
    await eventually(async () => check(member.seen.length === 200, 'records seen', member.seen.length))
    await leave(member)
    member.seen.forEach((m, i) => check(m.value === String(i) && m.offset === String(i) && String(m.headers.h) === 'v' && m.timestamp === String(begin + i * 1000), 'record', i, m))
  }
}

async function idempotent() {
  const topic = await create('idempotent', 1)
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let i = 0; i < 20; i++) {
    await producer.send({ topic, messages: [{ value: `a${i}` }, { value: `b${i}` }], acks: -1 })
  }
  await producer.disconnect()
  const [{ high }] = await admin.fetchTopicOffsets(topic)
  check(high === '40', 'end offset', high)
}

async function group() {
  const topic = await create('group', 3)
  const groupId = `kafkajs-${run}`
  const one = await join(groupId, topic)
  const two = await join(groupId, topic)
  await eventually(async () => check(one.owned + two.owned === 3 && one.owned && two.owned, 'owned', one.owned, two.owned))
  await send(topic, 90)
  await eventually(async () => check(one.seen.length + two.seen.length === 90 && one.seen.length && two.seen.length, 'seen', one.seen.length, two.seen.length))
  await leave(two)
  await eventually(async () => check(one.owned === 3, 'owned after the other left', one.owned))
  await leave(one)
  const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const sum = partitions.reduce((s, p) => s + Math.max(0, Number(p.offset)), 0)
  check(sum === 90, 'committed offsets add up to', sum)
  const described = await admin.describeGroups([groupId])
  check(described.groups[0].state === 'Empty', 'state', described.groups[0].state)
  check((await admin.listGroups()).groups.some(g => g.groupId === groupId), 'not listed', groupId)
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] })
  await admin.deleteGroups([groupId])
  check(!(await admin.listGroups()).groups.some(g => g.groupId === groupId), 'still listed', groupId)
}

async function administration() {
  const topic = await create('admin', 2, [{ name: 'retention.ms', value: '86400000' }])
  const retention = async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: 2, name: topic, configNames: ['retention.ms'] }] })
    return resources[0].configEntries[0].configValue
  }
  check((await retention()) === '86400000', 'retention.ms', await retention())
  await admin.alterConfigs({ resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '5000' }] }] })
  await eventually(async () => check((await retention()) === '5000', 'retention.ms', await retention()))
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
  await eventually(async () => check((await partitions(topic)) === 4, 'partitions', await partitions(topic)))
  const { brokers, clusterId } = await admin.describeCluster()
  check(brokers.length >= 1 && clusterId, 'cluster', brokers, clusterId)
  await admin.deleteTopics({ topics: [topic] })
  await eventually(async () => check(!(await admin.listTopics()).includes(topic), 'still listed', topic))
}

async function offsets() {
  const topic = await create('offsets', 1)
  await send(topic, 10)
  const [all] = await admin.fetchTopicOffsets(topic)
  check(all.low === '0' && all.high === '10', 'offsets', all)
  const [at] = await admin.fetchTopicOffsetsByTimestamp(topic, begin + 3500)
  check(at.offset === '4', 'offset after 3.5 s', at)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
  const [rest] = await admin.fetchTopicOffsets(topic)
  check(rest.low === '6' && rest.high === '10', 'offsets after deleting', rest)
}

async function wrong() {
  const topic = await create('wrong', 1)
  check((await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] })) === false, 'a topic twice must not be made', topic)
  const type = async promise => promise.then(() => 'no error', e => (e.errors ? e.errors[0] : e.cause || e).type)
  const deleted = await type(admin.deleteTopics({ topics: [topicName('never')], timeout: 3000 }))
  check(deleted === 'UNKNOWN_TOPIC_OR_PARTITION', 'deleting an unknown topic gives', deleted)
  const replicas = await type(admin.createTopics({ topics: [{ topic: topicName('many'), numPartitions: 1, replicationFactor: 9 }] }))
  check(replicas === 'INVALID_REPLICATION_FACTOR', 'too many replicas give', replicas)
  const producer = kafka.producer()
  await producer.connect()
  const large = await type(producer.send({ topic, messages: [{ value: Buffer.alloc(3000000) }] }))
  await producer.disconnect()
  check(large === 'MESSAGE_TOO_LARGE', 'a record of 3 MB gives', large)
}

async function main() {
  await admin.connect()
  await step("a producer's records come back in order, plain and with gzip", roundTrip)
  await step('an idempotent producer delivers everything once', idempotent)
  await step('a group of two shares the partitions, and its offsets are kept, set and deleted', group)
  await step('the admin creates, describes, alters, grows and deletes a topic', administration)
  await step('offsets by time, and deleting records', offsets)
  await step("wrong requests get Kafka's errors", wrong)
  await admin.disconnect()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed ? 1 : 0)
}

main().catch(e => { console.error(e); process.exit(2) })
